import { NibbleError } from '../errors';
import type { Model } from './model';
import type { SiblingFiles } from './source';
import { externalProblem } from './tensorData';
import { tensorsOf } from './walk';

/** External data that cannot be read. */
export interface ExternalFinding {
  /** The first tensor of those concerned. */
  readonly tensor: string;
  readonly location: string;
  /** How many tensors the same file fails. */
  readonly tensors: number;
  /** A sentence for the person. */
  readonly message: string;
}

/**
 * Looks whether each external data file is there and reaches as far as the tensors say; one finding for each file that
 * does not. Opens every file once and reads none: a model can be looked at without its weights, so opening it does not
 * depend on them.
 */
export function checkExternalData(model: Model, siblings: SiblingFiles): readonly ExternalFinding[] {
  const files = new Map<string, { tensor: string; tensors: number; end: number }>();
  for (const { name, storage } of tensorsOf(model)) {
    if (storage.kind !== 'external') continue;
    const file = files.get(storage.location) ?? { tensor: name, tensors: 0, end: 0 };
    file.tensors += 1;
    file.end = Math.max(file.end, storage.offset + storage.length);
    files.set(storage.location, file);
  }
  return [...files].flatMap(([location, { tensor, tensors, end }]) => {
    let problem: string | null;
    try {
      problem = externalProblem({ location, offset: 0, length: end }, siblings);
    } catch (error) {
      // A link out of the folder or a file without permission: its own sentence says it best.
      if (NibbleError.is(error)) return [{ tensor, location, tensors, message: error.message }];
      throw error;
    }
    if (problem === null) return [];
    const which = tensors === 1 ? `the tensor '${tensor}'` : `${tensors} tensors ('${tensor}' and others)`;
    return [{ tensor, location, tensors, message: `${model.file} keeps ${which} in '${location}', but ${problem}. Put the complete file next to the model.` }];
  });
}
