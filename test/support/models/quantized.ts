import type { GraphParts } from '../onnxBuilder';
import { floatTensor, node, rawTensor, valueInfo } from '../onnxBuilder';

/** A convolution between QuantizeLinear and DequantizeLinear, its weights as codes: six operators that are one layer. */
export const quantizedConvolution: GraphParts = {
  nodes: [
    node('QuantizeLinear', ['x', 's', 'z'], ['xq'], { name: 'quantize' }),
    node('DequantizeLinear', ['xq', 's', 'z'], ['xd'], { name: 'dequantize' }),
    node('DequantizeLinear', ['w', 's', 'wz'], ['wd'], { name: 'weights' }),
    node('Conv', ['xd', 'wd'], ['y'], { name: 'conv' }),
    node('QuantizeLinear', ['y', 's', 'z'], ['yq'], { name: 'requantize' }),
    node('DequantizeLinear', ['yq', 's', 'z'], ['out'], { name: 'back' }),
  ],
  initializers: [
    floatTensor('s', [], [0.1]), rawTensor('z', 'uint8', [], Uint8Array.of(128)), rawTensor('wz', 'int8', [], Uint8Array.of(0)), rawTensor('w', 'int8', [4, 8, 1, 1], new Uint8Array(32)),
  ],
  inputs: [valueInfo('x', 'float', [1, 8, 4, 4])],
  outputs: [valueInfo('out', 'float', null)],
};
