import type { TensorValue } from '../../runtime/tensorValue';

/** Values for every input of a model, and the right class where the person gave it. */
export interface Sample {
  /** What a person knows it by: its file, with its place there when the file holds several. */
  readonly name: string;
  readonly feeds: ReadonlyMap<string, TensorValue>;
  readonly label: number | null;
}

/** Inputs to run a model on, one after another. */
export interface SampleSet {
  readonly source: 'samples' | 'random';
  /** How many samples there will be; an estimate when several files hold them. */
  readonly expected: number;
  /** What a person should know: inputs that were left out, dimensions that were made up. */
  readonly notes: readonly string[];
  /** Reads the samples one by one, so that a large set never is in memory as a whole. Throws `invalid-samples`. */
  read(): Iterable<Sample>;
}
