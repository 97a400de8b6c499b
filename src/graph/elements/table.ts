import { arithmeticElements } from './arithmetic';
import { indexingElements } from './indexing';
import { movementElements } from './movement';
import type { ElementRule } from './rule';

const RULES: ReadonlyMap<string, ElementRule> = new Map([arithmeticElements, indexingElements, movementElements].flatMap((family) => Object.entries(family)));

/** Operators whose rule holds for every output; others are computed for output 0. */
const ALL_OUTPUTS: ReadonlySet<string> = new Set(['Split']);

/** The rule for the elements of an output; undefined where Nibble never computes them. */
export function elementRule(domain: string, op: string, output: number): ElementRule | undefined {
  return domain === '' && (output === 0 || ALL_OUTPUTS.has(op)) ? RULES.get(op) : undefined;
}
