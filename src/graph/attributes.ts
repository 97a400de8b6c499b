import type { Node } from '../onnx/model';

/** A whole number among a node's attributes; `otherwise` where none has that name. */
export function intOf({ attributes }: Pick<Node, 'attributes'>, name: string, otherwise: number): number {
  const attribute = attributes.get(name);
  return attribute?.kind === 'int' ? attribute.value : otherwise;
}

/** A float among a node's attributes; `otherwise` where none has that name. */
export function floatOf({ attributes }: Pick<Node, 'attributes'>, name: string, otherwise: number): number {
  const attribute = attributes.get(name);
  return attribute?.kind === 'float' ? attribute.value : otherwise;
}
