import type { DataType } from '../onnx/dtypes';
import { isFloatingPoint } from '../onnx/dtypes';
import type { Tensor } from '../onnx/model';
import { elementCount } from './constants';
import type { ParameterCounts } from './layer';
import type { ConstantRole } from './parameters';
import { logicalElements, roleOf, storedBytes } from './parameters';
import type { Step } from './step';
import type { StoredConstant } from './value';

/** What a constant adds to the layer that is the first to use it. */
export interface CountedConstant {
  readonly role: ConstantRole;
  readonly parameters: number;
  readonly bytes: number;
  /** True when another use of the same stored tensor has counted it before. */
  readonly countedBefore: boolean;
}

/** Counts the constants that operators use, each stored tensor once. */
export class ConstantTally {
  private readonly counted = new Set<Tensor | string>();
  private readonly sums = { initializers: 0, constants: 0, logical: 0, trainable: 0 };
  private readonly bytes = new Map<DataType, number>();

  get counts(): ParameterCounts {
    return this.sums;
  }

  /** Bytes by stored type, in the order of first use. */
  get bytesByType(): Readonly<Partial<Record<DataType, number>>> {
    return Object.fromEntries(this.bytes);
  }

  has(tensor: Tensor): boolean {
    return this.counted.has(identity(tensor));
  }

  /** @param scales the operator is there to scale codes: its constants are scales and zero points, whatever it could also be. */
  count(step: Step, input: number, constant: StoredConstant, scales: boolean): CountedConstant {
    const { tensor, node } = constant;
    const role = scales ? 'scale' : roleOf(step, input, constant);
    const key = identity(tensor);
    if (this.counted.has(key)) return { role, parameters: 0, bytes: 0, countedBefore: true };
    this.counted.add(key);
    const bytes = storedBytes(tensor);
    this.bytes.set(tensor.dataType, (this.bytes.get(tensor.dataType) ?? 0) + bytes);
    const stored = isFloatingPoint(tensor.dataType) ? elementCount(tensor.dims) : 0;
    const logical = role === 'scale' || role === 'data' ? 0 : logicalElements(step, input, tensor);
    const parameters = role === 'parameter' || role === 'codes' ? logical : 0;
    if (node === null) this.sums.initializers += stored;
    this.sums.constants += stored;
    this.sums.logical += logical;
    this.sums.trainable += parameters;
    return { role, parameters, bytes, countedBefore: false };
  }
}

/** Tensors that lie on the same bytes of an external file are one. */
function identity(tensor: Tensor): Tensor | string {
  const { storage } = tensor;
  return storage.kind === 'external' ? `${storage.location}\n${String(storage.offset)}\n${String(storage.length)}` : tensor;
}
