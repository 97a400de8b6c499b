import type { Repair } from '../../audit/repair';
import { removeNode, removeTensor, renameInput, replaceTensorData, setDomain, setIntAttribute, setOpsets } from '../../onnx/edits';
import { ExternalLayout, MIN_EXTERNAL_BYTES } from '../../onnx/externalLayout';
import type { Model, ModelFunction, Tensor } from '../../onnx/model';
import { hole } from '../../onnx/pieces';
import type { FilePlan } from '../../onnx/pieces';
import type { ByteSource } from '../../onnx/source';
import { planSplice } from '../../onnx/splice';
import type { MessageEdit } from '../../onnx/splice';
import { tensorByteLength } from '../../onnx/tensorData';

const CONTRIB = 'com.microsoft';
const CONTRIB_VERSION = 1;

/** A tensor that is written anew, with the place that waits for it. */
export interface RewrittenTensor {
  readonly tensor: Tensor;
  readonly file: 'model' | 'data';
  readonly offset: number;
}

/** The files of a repaired copy: everything but the bytes of the rewritten tensors is known. */
export interface RepairLayout {
  readonly model: FilePlan;
  /** A new data file, for rewritten tensors whose elements were in another file; null when there are none. */
  readonly data: FilePlan | null;
  readonly rewritten: readonly RewrittenTensor[];
}

/** Lays out a copy of a model with repairs. What they do not name stays as it is, byte by byte. `dataName`: of the new data file. */
export function layoutRepair(model: Model, source: ByteSource, repairs: readonly Repair[], dataName: string): RepairLayout {
  const external = new ExternalLayout(dataName);
  const edits: MessageEdit[] = [];
  const imports = new Set<Model | ModelFunction>();
  const dropped = new Set(repairs.flatMap((repair) => (repair.kind === 'merge' ? [repair.drop] : [])));
  const clipped: { readonly tensor: Tensor; readonly id: string; readonly file: RewrittenTensor['file'] }[] = [];
  for (const repair of repairs) {
    switch (repair.kind) {
      case 'axis':
        edits.push(setIntAttribute(repair.node, 'axis', repair.axis));
        break;
      case 'domain':
        edits.push(setDomain(repair.node, CONTRIB));
        imports.add(model).add(repair.definition ?? model);
        break;
      case 'remove':
        edits.push(removeNode(repair.node));
        break;
      case 'merge':
        edits.push(repair.constant === null ? removeTensor(repair.drop) : removeNode(repair.constant));
        for (const { node } of repair.readers) edits.push(renameInput(node, repair.dropName, repair.keep));
        break;
      case 'clip': {
        const { tensor } = repair;
        if (dropped.has(tensor)) break;
        const id = `clip ${tensor.span.start}`;
        const bytes = tensorByteLength(tensor);
        const file = tensor.storage.kind === 'external' && bytes >= MIN_EXTERNAL_BYTES ? 'data' : 'model';
        const pieces = [hole(id, bytes)];
        edits.push(replaceTensorData(tensor, file === 'data' ? { kind: 'external', place: external.add(pieces) } : { kind: 'raw', pieces }));
        clipped.push({ tensor, id, file });
        break;
      }
    }
  }
  for (const target of imports) {
    if ((target.opsets.get(CONTRIB) ?? 0) < CONTRIB_VERSION) edits.push(setOpsets(target, new Map([[CONTRIB, CONTRIB_VERSION]])));
  }
  const plan = planSplice(source, edits);
  const data = external.plan();
  return { model: plan, data: data.size === 0 ? null : data, rewritten: clipped.map(({ tensor, id, file }) => ({ tensor, file, offset: (file === 'model' ? plan : data).holes.get(id)!.offset })) };
}
