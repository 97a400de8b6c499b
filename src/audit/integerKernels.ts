/**
 * What the CPU provider of onnxruntime makes of an operator between Q and DQ nodes, measured on the pinned version;
 * `test/audit` measures it again. All other forms run in float: the DequantizeLinear nodes stay and run at every inference.
 */
import type { DataType } from '../onnx/dtypes';

/** An operator between quantizers, in the terms that decide about its kernel. */
export interface QuantizedForm {
  readonly op: string;
  readonly activation: DataType | null;
  readonly weight: DataType;
  /** True: one scale for the whole activation. */
  readonly activationPerTensor: boolean;
  readonly weightGranularity: 'tensor' | 'channel' | 'block';
  /** True when there are as many scales as the operator has channels. Nothing looks at the axis. */
  readonly fitsChannels: boolean;
  /** True when activation and weight have their zero points written out, even where they are 0. */
  readonly saysZeroPoints: boolean;
  /** False for a Gemm that scales its product or its third operand, and has one. */
  readonly isPlain: boolean;
  /** How far the scale of an int32 bias is from the product of the two others, as a share; 0 without such a bias. */
  readonly biasShare: number;
  /** Type of the codes that the one reader of the output makes of it; 'float' when no reader quantizes; null for anything else. */
  readonly output: DataType | 'float' | null;
}

/** Beyond this onnxruntime does not compute a Conv on integers; it lies between half a percent, which passes, and two. */
export const CHECKED_BIAS_SHARE = 0.01;

const is8Bit = (type: DataType | 'float' | null): boolean => type === 'int8' || type === 'uint8';

/** Whether the operator is computed on integers. The axis of its scales plays no part: that is the trap which the rule about axes is for. */
export function runsOnIntegers({ op, activation, weight, activationPerTensor, weightGranularity, fitsChannels, saysZeroPoints, isPlain, biasShare, output }: QuantizedForm): boolean {
  if (!is8Bit(activation) || !is8Bit(weight) || !activationPerTensor || weightGranularity === 'block') return false;
  switch (op) {
    case 'Conv':
      return is8Bit(output) && biasShare <= CHECKED_BIAS_SHARE;
    case 'MatMul':
      return is8Bit(output) || output === 'float';
    case 'Gemm':
      return (is8Bit(output) || output === 'float') && isPlain && saysZeroPoints && (weightGranularity === 'tensor' || fitsChannels);
    default:
      return false;
  }
}

/** Inputs of an operator on integers that say what its weight's codes stand for; null where it has none. */
export interface IntegerOperator {
  readonly weightScale: number | null;
  readonly weightZeroPoint: number;
  /** Input whose type is that of the activation's codes; −1 where they are always uint8. */
  readonly activationZeroPoint: number;
}

/** Operators that are computed on integers by their definition. */
export const INTEGER_OPERATORS: ReadonlyMap<string, IntegerOperator> = new Map<string, IntegerOperator>([
  ['QLinearConv', { weightScale: 4, weightZeroPoint: 5, activationZeroPoint: 2 }],
  ['QLinearMatMul', { weightScale: 4, weightZeroPoint: 5, activationZeroPoint: 2 }],
  ['QGemm', { weightScale: 4, weightZeroPoint: 5, activationZeroPoint: 2 }],
  ['ConvInteger', { weightScale: null, weightZeroPoint: 3, activationZeroPoint: 2 }],
  ['MatMulInteger', { weightScale: null, weightZeroPoint: 3, activationZeroPoint: 2 }],
  ['MatMulIntegerToFloat', { weightScale: 3, weightZeroPoint: 5, activationZeroPoint: 4 }],
  ['DynamicQuantizeMatMul', { weightScale: 2, weightZeroPoint: 3, activationZeroPoint: -1 }],
]);
