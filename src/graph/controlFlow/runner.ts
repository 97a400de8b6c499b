import type { Environment } from '../environment';
import type { Dim } from '../dim';
import type { Unresolved } from '../layer';
import type { Block } from '../step';
import type { Value } from '../value';

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
  runRepeated(block: Block, outer: Environment, inputs: readonly Value[], times: Dim): readonly Value[];
  /** The same without leaving a trace in the rows: only for what comes out. */
  runUnseen(block: Block, outer: Environment, inputs: readonly Value[]): readonly Value[];
  /** True for symbols that `open` gave. */
  readonly isOpen: (symbol: string) => boolean;
  /** An extent or count that only running the model tells: the number that a person set for it, else a symbol of that name. */
  open(name: string, cause: Unresolved): Dim;
  /** Asks for another pass over a body; false when the work allowed for that is used up. */
  mayRepeat(block: Block): boolean;
}
