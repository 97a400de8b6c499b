import { onnx } from 'onnx-proto';
import { setIntAttribute } from '../../onnx/edits';
import { textField } from '../../onnx/pieces';
import type { Model, ModelFunction, Node } from '../../onnx/model';
import type { MessageEdit } from '../../onnx/splice';
import { keepsKernel } from '../../targets/onnxruntimeFacts';
import type { Adaptation } from './opsetRules';
import { NEWEST_RULED, OLDEST_RULED, adaptationOf } from './opsetRules';
import { bodiesOf } from './places';
import type { BodyOwner } from './places';

const NODE_INPUT = 1;
const NODE_ATTRIBUTE = 5;

/** A node that has to be written in another way in the newer operator set. */
export interface AdaptedNode {
  readonly node: Node;
  readonly owner: BodyOwner;
  readonly adaptation: Exclude<Adaptation, { readonly kind: 'none' | 'refuse' }>;
}

/** What raising a model's standard operator set takes, or why it cannot be raised, as a part of a sentence. */
export type OpsetRaise = { readonly kind: 'possible'; readonly to: number; readonly nodes: readonly AdaptedNode[] } | { readonly kind: 'impossible'; readonly why: string };

/**
 * Finds out whether every operator of a model can mean the same, and runs, in a newer operator set. Functions are raised with the
 * model, because runtimes put their bodies into its graph.
 * @param rankOf how many axes a node's first input has; null when that is not known.
 */
export function planRaise(model: Model, to: number, rankOf: (node: Node) => number | null): OpsetRaise {
  if (to > NEWEST_RULED) return { kind: 'impossible', why: `it is not known what operator set ${to} changes` };
  const adapted: AdaptedNode[] = [];
  for (const { owner, nodes } of bodiesOf(model)) {
    const from = standardOpset(model, owner.function);
    if (from >= to) continue;
    if (from < OLDEST_RULED) return { kind: 'impossible', why: `operator sets before ${OLDEST_RULED} are too different` };
    for (const node of nodes) {
      if (node.domain === '' && !keepsKernel(node.op, from, to)) return { kind: 'impossible', why: `onnxruntime does not run ${node.op} "${node.name || node.outputs.join()}" there` };
      const adaptation = adaptationOf(node, rankOf(node), from, to);
      if (adaptation.kind === 'refuse') return { kind: 'impossible', why: `${node.op} "${node.name || node.outputs.join()}" would change: ${adaptation.why}` };
      if (adaptation.kind !== 'none') adapted.push({ node, owner, adaptation });
    }
  }
  return { kind: 'possible', to, nodes: adapted };
}

/** Version of the standard operator set in a function, or in the model itself. */
export function standardOpset(model: Model, definition: ModelFunction | null): number {
  return (definition ?? model).opsets.get('') ?? model.opsets.get('') ?? 1;
}

/** Writes a node in the newer way. `inputName`: the value that takes the place of an attribute. */
export function adaptNode({ node, adaptation }: AdaptedNode, inputName: string): MessageEdit {
  const { span } = node;
  switch (adaptation.kind) {
    case 'add':
      return setIntAttribute(node, adaptation.attribute, adaptation.value);
    case 'drop':
      return { span, choose: withoutAttribute(adaptation.attribute) };
    case 'input':
      return { span, choose: withoutAttribute(adaptation.attribute), append: textField(NODE_INPUT, inputName) };
  }
}

function withoutAttribute(name: string): NonNullable<MessageEdit['choose']> {
  return new Map([[NODE_ATTRIBUTE, (content) => (onnx.AttributeProto.decode(content).name === name ? [] : null)]]);
}
