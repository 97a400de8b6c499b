import type { Attribute, Graph, SparseTensor, Tensor, ValueType } from '../model';

/** `AttributeProto.AttributeType`. */
const TYPE = { UNDEFINED: 0, FLOAT: 1, INT: 2, STRING: 3, TENSOR: 4, GRAPH: 5, FLOATS: 6, INTS: 7, STRINGS: 8, TENSORS: 9, GRAPHS: 10, SPARSE_TENSOR: 11, TYPE_PROTO: 13 } as const;

const OTHER: Attribute = { kind: 'other' };

export interface NamedAttribute {
  readonly name: string;
  readonly value: Attribute;
}

/** Null and empty lists stand for fields that are not there. */
export class AttributeBuilder {
  name = '';
  /** `AttributeProto.AttributeType`; UNDEFINED when the file does not say it. */
  type: number = TYPE.UNDEFINED;
  /** Of the attribute of the call that gives the value, inside functions. */
  reference = '';
  float: number | null = null;
  integer: number | null = null;
  text: string | null = null;
  tensor: Tensor | null = null;
  graph: Graph | null = null;
  sparse: SparseTensor | null = null;
  valueType: ValueType | null = null;
  readonly floats: number[] = [];
  readonly integers: number[] = [];
  readonly texts: string[] = [];
  readonly tensors: Tensor[] = [];
  readonly graphs: Graph[] = [];
  /** A value was too long to be read. */
  incomplete = false;

  finish(): NamedAttribute {
    return { name: this.name, value: this.#value() };
  }

  #value(): Attribute {
    if (this.incomplete) return OTHER;
    if (this.reference !== '') return { kind: 'reference', name: this.reference };
    switch (this.type === TYPE.UNDEFINED ? this.#guessType() : this.type) {
      case TYPE.FLOAT:
        return { kind: 'float', value: this.float ?? 0 };
      case TYPE.INT:
        return { kind: 'int', value: this.integer ?? 0 };
      case TYPE.STRING:
        return { kind: 'string', value: this.text ?? '' };
      case TYPE.TENSOR:
        return this.tensor ? { kind: 'tensor', value: this.tensor } : OTHER;
      case TYPE.GRAPH:
        return this.graph ? { kind: 'graph', value: this.graph } : OTHER;
      case TYPE.SPARSE_TENSOR:
        return this.sparse ? { kind: 'sparse', value: this.sparse } : OTHER;
      case TYPE.TYPE_PROTO:
        return { kind: 'type', value: this.valueType ?? { kind: 'unknown' } };
      case TYPE.FLOATS:
        return { kind: 'floats', value: this.floats.slice() };
      case TYPE.INTS:
        return { kind: 'ints', value: this.integers.slice() };
      case TYPE.STRINGS:
        return { kind: 'strings', value: this.texts };
      case TYPE.TENSORS:
        return { kind: 'tensors', value: this.tensors };
      case TYPE.GRAPHS:
        return { kind: 'graphs', value: this.graphs };
      default:
        return OTHER;
    }
  }

  /** Files of the first IR version do not say the type: it is that of the field which is there. */
  #guessType(): number {
    if (this.float !== null) return TYPE.FLOAT;
    if (this.integer !== null) return TYPE.INT;
    if (this.text !== null) return TYPE.STRING;
    if (this.tensor !== null) return TYPE.TENSOR;
    if (this.graph !== null) return TYPE.GRAPH;
    if (this.floats.length > 0) return TYPE.FLOATS;
    if (this.integers.length > 0) return TYPE.INTS;
    if (this.texts.length > 0) return TYPE.STRINGS;
    if (this.tensors.length > 0) return TYPE.TENSORS;
    return this.graphs.length > 0 ? TYPE.GRAPHS : TYPE.UNDEFINED;
  }
}
