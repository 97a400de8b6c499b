import type { ModelFile } from '../modelFile';
import type { RunFacts } from '../runs/runRequest';

/** The sizes that named dimensions of a model's inputs have in a sample with these shapes. */
export function sizesOf({ analysis: { model } }: ModelFile, shapes: RunFacts['shapes']): Readonly<Record<string, number>> {
  return Object.fromEntries(model.inputs.flatMap(({ name, shape }) => (shape ?? []).flatMap((dim, axis) => {
    const size = shapes[name]?.[axis];
    return typeof dim === 'string' && dim in model.dimensions && size !== undefined && size > 0 ? [[dim, size] as const] : [];
  })));
}
