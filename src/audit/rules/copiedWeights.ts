import { formatBytes } from '../../format/numbers';
import type { Tensor } from '../../onnx/model';
import { tensorByteLength } from '../../onnx/tensorData';
import type { Repair } from '../repair';
import type { Rule } from '../rule';
import type { AuditSubject } from '../subject';

/** The same weights stored more than once. */
export const copiedWeights: Rule = {
  id: 'copied-weights',
  title: 'Weights stored twice',
  severity: 'warning',
  needs: 'weights',
  help: 'Layers that share their weights (embedding and output of a language model, the directions or steps of a recurrent network) need one stored tensor. Exporters and quantizers often write one for each layer. The file, the download and the memory are larger for nothing, and a change of one copy leaves the other behind.',
  *check(subject) {
    const fed = new Set(subject.model.graph.inputs.map(({ name }) => name));
    for (const [first, ...others] of subject.elements.copies) {
      for (const copy of others) {
        const repair = merge(first!, copy, fed, subject);
        yield {
          severity: 'warning',
          node: subject.userOf(copy),
          tensor: nameOf(copy, subject),
          reason: `"${nameOf(copy, subject)}" (${formatBytes(tensorByteLength(copy))}) holds the same elements as "${nameOf(first!, subject)}".`,
          consequence: 'The file and the memory are larger by that much.',
          remedy: 'Let all layers read one tensor.',
          ...(repair ? { repair } : {}),
        };
      }
    }
    for (const [first, copy] of subject.elements.transposed) {
      yield {
        severity: 'warning',
        node: subject.userOf(copy),
        tensor: nameOf(copy, subject),
        reason: `"${nameOf(copy, subject)}" (${formatBytes(tensorByteLength(copy))}) is "${nameOf(first, subject)}" transposed.`,
        consequence: 'The file and the memory are larger by that much.',
        remedy: 'Let the layer read the other tensor through a Transpose, or with Gemm and transB.',
      };
    }
  },
};

/** Possible where the first copy can be read wherever the second one is, and where nobody can feed the second one instead. */
function merge(keep: Tensor, drop: Tensor, fed: ReadonlySet<string>, { flow }: AuditSubject): Repair | null {
  const [kept, dropped] = [flow.placeOf(keep), flow.placeOf(drop)];
  if (kept === null || dropped === null || flow.isResult(dropped.scope, dropped.name)) return null;
  if (fed.has(dropped.name) || fed.has(kept.name)) return null;
  const readers = flow.readers(dropped.scope, dropped.name);
  const canRead = readers.every((reader) => {
    const origin = flow.origin(reader.scope, kept.name);
    return origin?.kind === 'stored' && origin.tensor === keep;
  });
  return canRead ? { kind: 'merge', keep: kept.name, drop, dropName: dropped.name, constant: dropped.constant, readers } : null;
}

function nameOf(tensor: Tensor, { flow }: AuditSubject): string {
  return flow.placeOf(tensor)?.name ?? tensor.name;
}
