import { onnx } from 'onnx-proto';
import type { Model, ModelFunction } from '../../onnx/model';
import { bytesPiece, lengthField } from '../../onnx/pieces';
import type { MessageEdit } from '../../onnx/splice';
import type { Conversion } from './conversion';
import { bodiesOf, valueNameOf } from './places';

const NODE_ATTRIBUTE = 5;

/**
 * Edits that write `perm` out where a Transpose of a converted weight leaves it to its default. The meaning is the same,
 * but onnxruntime 1.30 and 1.31 abort the whole process while they optimize a DequantizeLinear before such a Transpose.
 */
export function explicitTransposes(model: Model, conversions: readonly Conversion[]): readonly MessageEdit[] {
  const edits: MessageEdit[] = [];
  const scopes = new Map<ModelFunction | null, Map<string, number>>();
  for (const { stored, place } of conversions) {
    const ranks = scopes.get(place.owner.function) ?? new Map<string, number>();
    scopes.set(place.owner.function, ranks.set(valueNameOf(stored, place), stored.weight.dims.length));
  }
  for (const { owner, nodes } of bodiesOf(model)) {
    const ranks = scopes.get(owner.function);
    if (ranks === undefined) continue;
    for (const { op, domain, inputs, outputs, attributes, span } of nodes) {
      const rank = ranks.get(inputs[0] ?? '');
      if (rank === undefined || domain !== '') continue;
      if (op === 'Identity') ranks.set(outputs[0]!, rank);
      else if (op === 'Transpose' && !attributes.has('perm')) edits.push({ span, append: permField(rank) });
    }
  }
  return edits;
}

/** A node's `attribute` field with the reversed order of axes, which is the default. */
function permField(rank: number): NonNullable<MessageEdit['append']> {
  const ints = Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  return lengthField(NODE_ATTRIBUTE, [bytesPiece(onnx.AttributeProto.encode({ name: 'perm', type: onnx.AttributeProto.AttributeType.INTS, ints }).finish())]);
}
