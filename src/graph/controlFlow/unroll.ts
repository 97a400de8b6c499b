import type { Dim } from '../dim';
import { isUnknown } from '../dim';
import type { Environment } from '../environment';
import type { Block } from '../step';
import { tensorValue } from '../value';
import type { Value } from '../value';
import type { BodyRunner } from './runner';

/** Most iterations that are walked one by one, for what differs between them. Loops that build a list have a few; those over time have thousands. */
export const MAX_UNROLLED = 32;

/** True when a value has gaps that walking every iteration may fill. */
export function hasGaps({ shape, sequence }: Value, isOpen: (symbol: string) => boolean): boolean {
  if (sequence !== undefined) return sequence.items === null;
  return shape === null || shape.some((dim) => isUnknown(dim) || (typeof dim !== 'number' && dim.symbols.some(isOpen)));
}

export interface Unrolled {
  readonly state: readonly Value[];
  /** By iteration: the body's outputs after its state. */
  readonly slices: readonly (readonly Value[])[];
}

/** Walks a Loop's body once for each iteration with what is known then; null when its condition is not known, or the work allowed is used up. */
export function unroll(runner: BodyRunner, body: Block, environment: Environment, initial: readonly Value[], times: Dim, condition: Value): Unrolled | null {
  if (typeof times !== 'number' || times > MAX_UNROLLED) return null;
  let state = initial;
  let goesOn = condition;
  const slices: (readonly Value[])[] = [];
  for (let iteration = 0; iteration < times; iteration += 1) {
    const wanted = goesOn.elements?.[0];
    if (typeof wanted !== 'number') return null;
    if (wanted === 0) break;
    if (!runner.mayRepeat(body)) return null;
    const outputs = runner.runUnseen(body, environment, [tensorValue('int64', [], [iteration]), goesOn, ...state]);
    goesOn = outputs[0]!;
    state = outputs.slice(1, 1 + initial.length);
    slices.push(outputs.slice(1 + initial.length));
  }
  return { state, slices };
}
