import type { Environment } from '../environment';
import type { Dim } from '../dim';
import type { Unresolved } from '../layer';
import type { Block } from '../step';
import type { Value } from '../value';

/** How often a body runs, and why that is unknown when it is. */
export interface Repetition {
  readonly times: Dim;
  readonly blocker: Unresolved | null;
}

/** What an operator with bodies gives back. */
export interface BodyResult {
  readonly outputs: readonly Value[];
  /** The branch that a constant condition selects. */
  readonly taken: string | null;
}

/** What control flow needs of the interpreter. */
export interface BodyRunner {
  /** Runs a body once, its inputs bound in order; returns its outputs. */
  run(block: Block, outer: Environment, inputs: readonly Value[]): readonly Value[];
  /** The same for a body that repeats: costs inside are multiplied. */
  runRepeated(block: Block, outer: Environment, inputs: readonly Value[], repetition: Repetition): readonly Value[];
  /** Asks for another pass over a body; false when the work allowed for that is used up. */
  mayRepeat(block: Block): boolean;
}
