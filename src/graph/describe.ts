import type { DataType } from '../onnx/dtypes';
import { partsOf } from './carry';
import type { Dim } from './dim';
import { add, isUnknown, symbolsOf, toShapeDim } from './dim';
import { movedBytes } from './traffic';
import type { Layer, Shape, Unresolved } from './layer';
import type { HelperRole } from './logical/helperRole';
import { hasFormats, helperRole } from './logical/helperRole';
import type { Step } from './step';
import type { StoredConstant, Value } from './value';
import { valueBytes } from './value';
import { holdsOthers, isView } from './views';
import type { QuantizableWeight } from './weights';
import { weightsOf } from './weights';

export type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What the walk found out about a step. */
export interface Findings {
  readonly inputs: readonly (Value | null)[];
  readonly outputs: readonly Value[];
  /** How often it runs. */
  readonly times: Dim;
  /** Over all iterations of the loops around it; null when unknown. */
  readonly macs: Dim | null;
  readonly flops: Dim | null;
  /** The first thing that keeps a figure unknown. */
  readonly blocker: Unresolved | null;
  /** Why some symbols are not numbers: those of extents that only running the model tells. */
  readonly arising: ReadonlyMap<string, Unresolved>;
  /** The branch that a constant condition selects. */
  readonly taken: string | null;
}

/** A constant that a step reads. */
export interface UsedConstant {
  readonly input: number;
  readonly constant: StoredConstant;
}

/** What is kept of a walked step: little, because models have many thousands of them. */
export interface StepFacts {
  /** The row but for its index, its constants' counts and its weights. */
  readonly layer: Mutable<Layer>;
  readonly weights: readonly QuantizableWeight[];
  readonly constants: readonly UsedConstant[];
  /** Bytes of each output; null when there is one, which is the row's `activationBytes`. */
  readonly outputBytes: readonly (number | null)[] | null;
  readonly outputTypes: readonly DataType[];
  readonly taken: string | null;
  /** Which layer it serves, when it is none itself. */
  readonly role: HelperRole | null;
  /** True when its output is a constant that it only moves or converts. */
  readonly carries: boolean;
  /** What tells the formats that it computes in; null for plain float operators. */
  readonly formats: StepFormats | null;
}

export interface StepFormats {
  readonly operands: readonly (Value | null)[];
  readonly outputType: DataType;
}

/** Writes a step's row. Its place in the table and the constants that it is the first to use are filled in later. */
export function describeStep(step: Step, found: Findings): StepFacts {
  const { inputs, outputs, macs, flops } = found;
  const activation = activationOf(step, outputs);
  const moved = figure(movedBytes(step, found));
  const counted = figure(flops);
  const constants = constantsOf(inputs, outputs);
  const role = helperRole(step, inputs, outputs);
  return {
    layer: {
      index: 0,
      name: step.name,
      scope: step.scope,
      op: step.node.op,
      domain: step.node.domain,
      inputShapes: inputs.map(recordShape),
      outputShapes: outputs.map(recordShape),
      parameters: 0,
      weightBytes: 0,
      macs: figure(macs),
      flops: counted,
      activationBytes: figure(activation),
      movedBytes: moved,
      intensity: counted === null || moved === null || moved === 0 ? null : counted / moved,
      unresolved: unresolvedOf(step, found, macs, flops, activation),
      weights: NONE,
    },
    weights: constants === NONE ? NONE : weightsOf(step, inputs),
    constants,
    outputBytes: outputs.length === 1 && !holdsOthers(step) ? null : outputs.map((value) => figure(valueBytes(value))),
    outputTypes: typesOf(outputs),
    taken: found.taken,
    role,
    carries: (outputs[0]?.constant ?? null) !== null,
    formats: hasFormats(step, inputs, role) ? { operands: inputs, outputType: outputs[0]?.dataType ?? 'undefined' } : null,
  };
}

/** The constants among the inputs. One that an operator only renames or moves is not used here: the reader of its output uses it. */
function constantsOf(inputs: readonly (Value | null)[], outputs: readonly Value[]): readonly UsedConstant[] {
  let used: UsedConstant[] | null = null;
  for (let input = 0; input < inputs.length; input += 1) {
    const constant = inputs[input]?.constant ?? null;
    if (constant === null || isCarried(constant, outputs[0]?.constant ?? null)) continue;
    for (const part of partsOf(constant)) (used ??= []).push({ input, constant: part });
  }
  // A copy, because an array that has grown keeps room for more than a dozen elements, and nearly all of these hold one.
  return used?.slice() ?? NONE;
}

function isCarried({ tensor }: StoredConstant, output: StoredConstant | null): boolean {
  return output !== null && (output.tensor === tensor || output.others.some((other) => other.tensor === tensor));
}

function typesOf(outputs: readonly Value[]): readonly DataType[] {
  // Nearly all steps have one float output: they share one list.
  return outputs.length === 1 && outputs[0]!.dataType === 'float' ? FLOAT : outputs.map(({ dataType }) => dataType);
}

const FLOAT: readonly DataType[] = ['float'];

/** The row of a step in a body that could not be entered. */
export function unwalked(step: Step, caller: Layer | null): Mutable<Layer> {
  const { name, scope, node } = step;
  return {
    index: 0,
    name,
    scope,
    op: node.op,
    domain: node.domain,
    inputShapes: node.inputs.map(() => null),
    outputShapes: node.outputs.map(() => null),
    parameters: 0,
    weightBytes: 0,
    macs: null,
    flops: null,
    activationBytes: null,
    movedBytes: null,
    intensity: null,
    unresolved: caller?.unresolved ?? { reason: 'the body around it could not be followed', blockedBy: caller?.name ?? name },
    weights: NONE,
  };
}

const NONE: readonly never[] = [];


/** Bytes of the outputs. A view has none of its own, and what a function or branch gives back is counted inside. */
function activationOf(step: Step, outputs: readonly Value[]): Dim | null {
  if (holdsOthers(step)) return 0;
  let total: Dim | null = 0;
  for (const [index, value] of outputs.entries()) {
    if (step.node.outputs[index] === '' || (index === 0 && isView(step))) continue;
    const bytes = valueBytes(value);
    total = total === null || bytes === null ? null : add(total, bytes);
  }
  return total;
}

function recordShape(value: Value | null): Shape {
  const shape = value?.shape ?? null;
  // Most shapes are all numbers, and then the record shares them.
  return shape === null || isNumeric(shape) ? shape : shape.map(toShapeDim);
}

function isNumeric(shape: readonly Dim[]): shape is readonly number[] {
  for (const dim of shape) if (typeof dim !== 'number') return false;
  return true;
}

function figure(dim: Dim | null): number | null {
  return isFigure(dim) ? dim : null;
}

/** Extents of a hostile file can multiply beyond 2^53, where a number no longer says what it seems to, and its attributes can be negative. */
function isFigure(dim: Dim | null): dim is number {
  return typeof dim === 'number' && dim >= 0 && dim <= Number.MAX_SAFE_INTEGER;
}

/** Why a figure is missing: a symbol that is not set, else the first operator that could not be worked out. */
function unresolvedOf(step: Step, { blocker: cause, arising, inputs, outputs }: Findings, macs: Dim | null, flops: Dim | null, activation: Dim | null): Unresolved | null {
  const open = !isFigure(macs) ? macs : !isFigure(flops) ? flops : activation;
  if (isFigure(open)) return null;
  if (typeof open === 'number') return { reason: `${step.node.op}: its cost would be ${String(open)}`, blockedBy: step.name };
  // A figure that is too long to write down misses the symbols of the shapes that it is made of.
  const symbols = open === null ? [] : isUnknown(open) ? symbolsOf(...[...outputs, ...inputs].flatMap((value) => value?.shape ?? [])) : open.symbols;
  const declared = symbols.find((name) => !arising.has(name));
  if (declared !== undefined) return { reason: `dimension "${declared}" is not set`, blockedBy: step.name };
  const arisen = symbols[0] === undefined ? undefined : arising.get(symbols[0]);
  if (arisen !== undefined) return arisen;
  const blocker = cause ?? { reason: `${step.node.op}: the type of its output is not known`, blockedBy: step.name };
  return blocker.blockedBy === '' ? { ...blocker, blockedBy: step.name } : blocker;
}
