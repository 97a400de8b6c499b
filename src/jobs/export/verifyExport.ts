import { NibbleError } from '../../errors';
import { checkStructure } from '../../onnx/checkStructure';
import type { Model, Tensor } from '../../onnx/model';
import { readModel } from '../../onnx/readModel';
import { tensorByteLength } from '../../onnx/tensorData';
import { openFileSource } from '../files/fileSource';
import type { ExportLayout } from './layoutExport';
import { bodiesOf } from './places';
import { partsOf } from './replacement';
import type { StoredPart } from './replacement';

/**
 * Opens a written model again, checks that it holds together as well as the original does, and finds every new tensor in
 * it, with the type, shape and size that it should have. Returns the bytes that each converted weight takes in the file, by
 * key. Throws `verification`.
 * @param shownPath the name that the file will have.
 */
export function verifyExport(original: Model, path: string, shownPath: string, layout: ExportLayout): ReadonlyMap<string, number> {
  const written = read(path, shownPath);
  const known = new Set(checkStructure(original).map(({ message }) => message));
  const finding = checkStructure(written).find(({ message }) => !known.has(message));
  if (finding) throw new NibbleError('verification', `The written file does not hold together, so it was removed: ${finding.message} Please report this.`, { file: shownPath, node: finding.node });
  const tensors = namedTensors(written);
  return new Map(
    layout.conversions.map(({ stored, replacement }) => [stored.key, partsOf(replacement).reduce((sum, part) => sum + checkedBytes(part, tensors.get(part.name), shownPath), 0)]),
  );
}

function read(path: string, shownPath: string): Model {
  const source = openFileSource(path);
  try {
    return readModel(source);
  } catch (error) {
    if (!NibbleError.is(error)) throw error;
    throw new NibbleError('verification', `The written file could not be read back, so it was removed: ${error.message} Please report this.`, { file: shownPath }, { cause: error });
  } finally {
    source.close();
  }
}

/** Initializers by their name, and tensors of Constant nodes by the value that they give. */
function namedTensors(model: Model): ReadonlyMap<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (const { owner, nodes } of bodiesOf(model)) {
    for (const tensor of owner.graph?.initializers ?? []) tensors.set(tensor.name, tensor);
    for (const { op, outputs, attributes } of nodes) {
      const value = op === 'Constant' ? attributes.get('value') : undefined;
      if (value?.kind === 'tensor') tensors.set(outputs[0]!, value.value);
    }
  }
  return tensors;
}

function checkedBytes(part: StoredPart, tensor: Tensor | undefined, file: string): number {
  const problem =
    tensor === undefined ? 'is missing'
    : tensor.dataType !== part.dataType ? `has the type ${tensor.dataType} instead of ${part.dataType}`
    : tensor.dims.join() !== part.dims.join() ? `has the shape ${tensor.dims.join(' × ')} instead of ${part.dims.join(' × ')}`
    : tensorByteLength(tensor) !== part.bytes ? `has ${tensorByteLength(tensor)} bytes instead of ${part.bytes}`
    : null;
  if (problem !== null) throw new NibbleError('verification', `In the written file the tensor "${part.name}" ${problem}, so the file was removed. Please report this.`, { file, tensor: part.name });
  return tensorByteLength(tensor!);
}
