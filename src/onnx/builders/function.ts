import type { ReadContext } from '../context';
import { standardDomain } from '../domain';
import type { Attribute, ByteSpan, ModelFunction, Node, ValueInfo } from '../model';

export class FunctionBuilder {
  name = '';
  domain = '';
  overload = '';
  readonly inputs: string[] = [];
  readonly outputs: string[] = [];
  readonly attributes: string[] = [];
  readonly defaults = new Map<string, Attribute>();
  readonly opsets = new Map<string, number>();
  readonly nodes: Node[] = [];
  readonly valueInfo: ValueInfo[] = [];

  finish(_: ReadContext, span: ByteSpan): ModelFunction {
    const { name, overload, inputs, outputs, defaults, opsets, nodes, valueInfo } = this;
    return { name, domain: standardDomain(this.domain), overload, inputs, outputs, attributes: [...this.attributes, ...defaults.keys()], defaults, opsets, nodes, valueInfo, span };
  }
}
