import type { ReadContext } from '../context';
import { standardDomain } from '../domain';
import type { ByteSpan, ModelFunction, Node, ValueInfo } from '../model';

export class FunctionBuilder {
  name = '';
  domain = '';
  overload = '';
  readonly inputs: string[] = [];
  readonly outputs: string[] = [];
  readonly attributes: string[] = [];
  /** Attributes that have a default. */
  readonly withDefault: string[] = [];
  readonly opsets = new Map<string, number>();
  readonly nodes: Node[] = [];
  readonly valueInfo: ValueInfo[] = [];

  finish(_: ReadContext, span: ByteSpan): ModelFunction {
    const { name, overload, inputs, outputs, opsets, nodes, valueInfo } = this;
    return { name, domain: standardDomain(this.domain), overload, inputs, outputs, attributes: [...this.attributes, ...this.withDefault], opsets, nodes, valueInfo, span };
  }
}
