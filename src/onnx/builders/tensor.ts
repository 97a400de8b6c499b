import type { ReadContext } from '../context';
import { malformedTensor } from '../context';
import { checkedDims, convertTensor } from '../convertTensor';
import type { ByteSpan, SparseTensor, Tensor } from '../model';
import type { PayloadRun } from '../payload';

const NO_ENTRIES: ReadonlyMap<string, string> = new Map();

export class TensorBuilder {
  name = '';
  /** `TensorProto.DataType`. */
  typeCode = 0;
  /** `TensorProto.DataLocation`. */
  location = 0;
  readonly dims: number[] = [];
  readonly runs: PayloadRun[] = [];
  #external: Map<string, string> | null = null;

  /** What is said about external data, by key. */
  get external(): ReadonlyMap<string, string> {
    return this.#external ?? NO_ENTRIES;
  }

  addExternal(key: string, value: string): void {
    (this.#external ??= new Map()).set(key, value);
  }

  finish(context: ReadContext, span: ByteSpan): Tensor {
    return convertTensor(context, this, span);
  }
}

export class SparseTensorBuilder {
  values: Tensor | null = null;
  indices: Tensor | null = null;
  readonly dims: number[] = [];

  /** Throws `malformed` when a part is missing. */
  finish(context: ReadContext): SparseTensor {
    const { values, indices, dims } = this;
    if (values === null || indices === null) throw malformedTensor(context, values?.name ?? '', 'is sparse and lacks its values or its indices');
    return { values, indices, dims: checkedDims(context, values.name, dims) };
  }
}
