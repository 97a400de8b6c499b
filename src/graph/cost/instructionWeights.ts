import type { WeightTable } from './weightTable';
import { weightsPer } from './weightTable';

/**
 * Weights by the instructions that a processor spends, as onnx-tool 1.0 counts them (it calls the sum "MACs"): found by
 * running it on single operators, see `test/vectors/instructionWeights.py`. Operators that are not here count nothing there.
 */
export const INSTRUCTION_WEIGHTS: WeightTable = [
  ...weightsPer('output', {
    Abs: 1, Atan: 64, Ceil: 1, Cos: 39, Exp: 32, Floor: 1, Log: 43, Neg: 1, Reciprocal: 4, Relu: 1, Round: 1, Sign: 1, Sin: 39, Sqrt: 24, Tanh: 76, Not: 1, CumSum: 1,
    Sigmoid: 32, HardSigmoid: 4, HardSwish: 5, Elu: 35, LeakyRelu: 2, PRelu: 2, Softplus: 76, Softmax: 36, LogSoftmax: 80, Hardmax: 1, Clip: 2, Gelu: 34, LpNormalization: 33,
    BatchNormalization: 31, InstanceNormalization: 7, LayerNormalization: 7, LRN: 42,
    Sub: 1, Mul: 1, Div: 4, Pow: 32, Max: 1, Min: 1, Equal: 1, Greater: 1, Less: 1, QuantizeLinear: 2, DequantizeLinear: 2,
  }),
  ...weightsPer('input', { GlobalAveragePool: 1, ReduceMean: 1, ReduceSum: 1, ReduceMax: 1, ReduceMin: 1, ReduceProd: 1, ReduceL2: 25 }),
  ...weightsPer('fold', { Add: 1, Sum: 1 }),
  ...weightsPer('window', { MaxPool: 1, AveragePool: 1 }),
  ...weightsPer('nearest', { Resize: 0, Upsample: 0 }),
  ...weightsPer('linear', { Resize: 4, Upsample: 4 }),
  ...weightsPer('cubic', { Resize: 8, Upsample: 8 }),
  ...weightsPer('row', { LayerNormalization: 29, GlobalAveragePool: 4 }),
  ...weightsPer('bias', { Conv: 1, ConvTranspose: 1, Gemm: 1 }),
  ...weightsPer('gateBias', { LSTM: 1, GRU: 1 }),
  // Elementwise work of a recurrent cell, once even where it runs in two directions.
  ...weightsPer('sequence', { LSTM: 180, GRU: 110 }),
];
