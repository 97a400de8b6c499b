import type { ReadContext } from '../context';
import { standardDomain } from '../domain';
import type { Attribute, ByteSpan, Node } from '../model';
import type { NamedAttribute } from './attribute';

const NO_ATTRIBUTES: ReadonlyMap<string, Attribute> = new Map();

export class NodeBuilder {
  name = '';
  op = '';
  domain = '';
  overload = '';
  readonly inputs: string[] = [];
  readonly outputs: string[] = [];
  #attributes: Map<string, Attribute> | null = null;

  add({ name, value }: NamedAttribute): void {
    (this.#attributes ??= new Map()).set(name, value);
  }

  finish(_: ReadContext, span: ByteSpan): Node {
    return {
      name: this.name,
      op: this.op,
      domain: standardDomain(this.domain),
      overload: this.overload,
      // Copies, because an array that has grown keeps room for more than a dozen elements.
      inputs: this.inputs.slice(),
      outputs: this.outputs.slice(),
      attributes: this.#attributes ?? NO_ATTRIBUTES,
      span,
    };
  }
}
