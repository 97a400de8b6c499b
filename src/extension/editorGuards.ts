import { NibbleError } from '../errors';
import { FIGURES } from '../graph/explanation';
import type { WeightScheme } from '../quant/scheme';
import type { EditTarget } from '../plan/plan';
import { ACTIVATION_FORMATS } from '../quant/activationFormat';
import type { ActivationFormat } from '../quant/activationFormat';
import type { EditParams, ExplainParams, HoverSubject } from './editorApi';

/*
 * What arrives from a webview is not trusted: a page can be made to run foreign code by a fault that nobody knows of yet.
 * Every guard returns the value with its type, built anew from the checked parts, or throws `invalid-argument`.
 */

/** Most layers that one message may name: more than the largest model has. */
export const MAX_LAYERS_IN_MESSAGE = 1_000_000;

/** Most rows that one request may ask for, so that no answer is large. */
export const MAX_ROWS_IN_MESSAGE = 5_000;

/** Longest text that any message carries as a key, a name or a scope. */
export const MAX_TEXT_IN_MESSAGE = 100_000;

/** Blocks that the quantizer offers. */
const MIN_BLOCK = 16;
const MAX_BLOCK = 256;

/** Deepest scope that an edit may name. */
export const MAX_SCOPE_IN_MESSAGE = 10_000;

export function guardEdit(value: unknown): EditParams {
  const { target, scheme } = record(value, 'edit');
  return { target: guardTarget(target), scheme: scheme === null ? null : guardScheme(scheme) };
}

export function guardLayers(value: unknown): readonly number[] {
  return array(record(value, 'layers')['layers'], 'layers', MAX_LAYERS_IN_MESSAGE).map((layer) => integer(layer, 'layer', 0));
}

export function guardRows(value: unknown): { readonly start: number; readonly count: number } {
  const { start, count } = record(value, 'rows');
  return { start: integer(start, 'start', 0), count: Math.min(integer(count, 'count', 0), MAX_ROWS_IN_MESSAGE) };
}

export function guardLayer(value: unknown): number {
  return integer(record(value, 'layer')['layer'], 'layer', 0);
}

export function guardHover(value: unknown): HoverSubject {
  const subject = record(value, 'hover');
  if ('scope' in subject) return { scope: guardScope(subject['scope']) };
  return 'layers' in subject ? { title: text(subject['title'], 'title'), layers: guardLayers(subject) } : { layer: guardLayer(subject) };
}

export function guardExplain(value: unknown): ExplainParams {
  const { layer, figure } = record(value, 'explain');
  const known = FIGURES.find((candidate) => candidate === figure);
  if (known === undefined) throw new NibbleError('invalid-argument', 'The editor page asked about a figure that there is not.');
  return { layer: layer === null ? null : integer(layer, 'layer', 0), figure: known };
}

export function guardDetail(value: unknown): { readonly layer: number; readonly weight: number; readonly scheme: WeightScheme } {
  const { layer, weight, scheme } = record(value, 'detail');
  return { layer: integer(layer, 'layer', 0), weight: integer(weight, 'weight', 0), scheme: guardScheme(scheme) };
}

export function guardDimension(value: unknown): { readonly name: string; readonly value: number | null } {
  const { name, value: size } = record(value, 'dimension');
  return { name: text(name, 'name'), value: size === null ? null : integer(size, 'value', 1) };
}

export function guardActivations(value: unknown): ActivationFormat | 'float' {
  return oneOf(record(value, 'activations')['format'], [...ACTIVATION_FORMATS, 'float'] as const, 'format');
}

export function guardFloatActivations(value: unknown): { readonly target: EditTarget; readonly float: boolean } {
  const { target, float } = record(value, 'activations');
  return { target: guardTarget(target), float: oneOf(float, [true, false] as const, 'float') };
}

export function guardText(value: unknown, field: string): string {
  return text(record(value, field)[field], field);
}

export function guardScheme(value: unknown): WeightScheme {
  const scheme = record(value, 'scheme');
  switch (scheme['kind']) {
    case 'float':
      return { kind: 'float' };
    case 'float16':
      return { kind: 'float16' };
    case 'integer':
      return {
        kind: 'integer',
        bits: oneOf(scheme['bits'], [2, 4, 8, 16] as const, 'bits'),
        signed: oneOf(scheme['signed'], [true, false] as const, 'signed'),
        symmetric: oneOf(scheme['symmetric'], [true, false] as const, 'symmetric'),
        granularity: guardGranularity(scheme['granularity']),
        range: oneOf(scheme['range'], ['minmax', 'mse'] as const, 'range'),
      };
    default:
      throw refuse('scheme');
  }
}

function guardGranularity(value: unknown): 'tensor' | 'channel' | { readonly block: number } {
  if (typeof value === 'string') return oneOf(value, ['tensor', 'channel'] as const, 'granularity');
  const block = integer(record(value, 'granularity')['block'], 'block', MIN_BLOCK);
  if (block > MAX_BLOCK) throw refuse('block');
  return { block };
}

function guardTarget(value: unknown): EditTarget {
  const target = record(value, 'target');
  switch (target['kind']) {
    case 'layers':
      return { kind: 'layers', layers: guardLayers(target) };
    case 'scope':
      return { kind: 'scope', scope: guardScope(target['scope']) };
    case 'model':
      return { kind: 'model' };
    default:
      throw refuse('target');
  }
}

function guardScope(value: unknown): readonly string[] {
  return array(value, 'scope', MAX_SCOPE_IN_MESSAGE).map((part) => text(part, 'scope'));
}

function record(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse(what);
  return value as Readonly<Record<string, unknown>>;
}

function array(value: unknown, what: string, most: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length > most) throw refuse(what);
  return value as readonly unknown[];
}

function integer(value: unknown, what: string, least: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) throw refuse(what);
  return value;
}

function text(value: unknown, what: string): string {
  if (typeof value !== 'string' || value.length > MAX_TEXT_IN_MESSAGE) throw refuse(what);
  return value;
}

function oneOf<T>(value: unknown, allowed: readonly T[], what: string): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw refuse(what);
  return found;
}

function refuse(what: string): NibbleError {
  return new NibbleError('invalid-argument', `The editor page sent a message that makes no sense (${what}). Close the editor and open the file again.`);
}
