import type { Flow } from '../../graph/flow';
import type { Node } from '../../onnx/model';
import type { ActivationFormat } from '../../quant/activationFormat';
import type { Coding } from '../../quant/coding';
import { parametersOf } from '../../quant/parameters';
import type { Parameters } from '../../quant/parameters';
import { roundHalfEven } from '../../quant/rounding';
import type { ActivationRange } from '../../quant/observe/activationRange';
import type { Placement, QuantizedValue } from '../../targets/placement';
import type { GraphEdits } from './graphEdits';

/** Scale and zero point of every quantized value, by name. */
export type ValueParameters = ReadonlyMap<string, Parameters>;

/** Parameters for all values of a placement; those that share them get those of the value that they come from. */
export function parametersFor(placement: Placement, ranges: ReadonlyMap<string, ActivationRange>, coding: Coding): ValueParameters {
  const parameters = new Map<string, Parameters>();
  const rangeOf = ({ name, fixed }: QuantizedValue): ActivationRange => ranges.get(name) ?? fixed!;
  for (const value of placement.values) {
    const shared = value.sameAs === null ? undefined : parameters.get(value.sameAs);
    const { low, high } = shared === undefined ? rangeOf(value) : { low: 0, high: 0 };
    parameters.set(value.name, shared ?? parametersOf(low, high, coding, 'float'));
  }
  return parameters;
}

/** What stands for a value once it is quantized. */
export interface PairStyle {
  readonly format: ActivationFormat;
  /** Whose QuantizeLinear and DequantizeLinear are used. */
  readonly domain: string;
}

/** By value, what its codes, and what it is before them, are called in a quantized graph. */
export type PairNames = ReadonlyMap<string, readonly string[]>;

/** Puts a QuantizeLinear and a DequantizeLinear behind every value of a placement. */
export function addPairs(edits: GraphEdits, flow: Flow, placement: Placement, parameters: ValueParameters, { format, domain }: PairStyle): PairNames {
  const names = new Map<string, readonly string[]>();
  const constants = new Map<string, readonly [string, string]>();
  for (const value of placement.values) {
    const root = value.sameAs ?? value.name;
    const known = constants.get(root);
    const [scale, zeroPoint] = known ?? pairConstants(edits, root, parameters.get(value.name)!, format);
    constants.set(root, [scale, zeroPoint]);
    const producer = flow.producer(value.name);
    const codes = edits.names.take(`${value.name}_quantized`);
    let source = value.name;
    let result = value.name;
    if (value.readers === 'all') {
      source = edits.names.take(`${value.name}_float`);
      edits.setOutput(producer!, producer!.outputs.indexOf(value.name), source);
    } else {
      result = edits.names.take(`${value.name}_dequantized`);
      for (const { node, input } of value.readers) edits.setInput(node, input, result);
    }
    edits.addAfter(producer, [
      { op: 'QuantizeLinear', domain, inputs: [source, scale, zeroPoint], outputs: [codes] },
      { op: 'DequantizeLinear', domain, inputs: [codes, scale, zeroPoint], outputs: [result] },
    ]);
    names.set(value.name, [codes, source]);
  }
  return names;
}

/** Adds a pair that only the caller will read. Returns the name of the quantized value. */
export function addPair(edits: GraphEdits, flow: Flow, name: string, parameters: Parameters, { format, domain }: PairStyle): string {
  const [scale, zeroPoint] = pairConstants(edits, name, parameters, format);
  const codes = edits.names.take(`${name}_quantized`);
  const result = edits.names.take(`${name}_dequantized`);
  edits.addAfter(flow.producer(name), [
    { op: 'QuantizeLinear', domain, inputs: [name, scale, zeroPoint], outputs: [codes] },
    { op: 'DequantizeLinear', domain, inputs: [codes, scale, zeroPoint], outputs: [result] },
  ]);
  return result;
}

function pairConstants(edits: GraphEdits, value: string, { scale, zeroPoint }: Parameters, format: ActivationFormat): readonly [string, string] {
  return [edits.scalar(`${value}_scale`, scale), edits.constant(`${value}_zero_point`, format, [], CODES[format](zeroPoint))];
}

const CODES: Readonly<Record<ActivationFormat, (code: number) => ArrayBufferView>> = {
  uint8: (code) => Uint8Array.of(code),
  int8: (code) => Int8Array.of(code),
  uint16: (code) => Uint16Array.of(code),
  int16: (code) => Int16Array.of(code),
};

/** Codes of a bias and their scale, one for each channel. */
export interface BiasCodes {
  readonly codes: Int32Array;
  readonly scales: Float32Array;
}

const INT32_MAX = 2 ** 31 - 1;

/**
 * A bias in the units of the sums that it is added to: scale = input scale × weight scale (rounded to float32), code =
 * bias / scale, to even. Null when a code has no place in 32 bits: such a bias stays float, which integer kernels take as well.
 * @param weightScales one, or one for each channel.
 */
export function quantizeBias(bias: Float32Array, inputScale: number, weightScales: Float32Array): BiasCodes | null {
  const scales = Float32Array.from(bias, (_, channel) => Math.fround(inputScale * weightScales[weightScales.length === 1 ? 0 : channel]!));
  const codes = Float64Array.from(bias, (value, channel) => roundHalfEven(value / scales[channel]!));
  if (!codes.every((code) => Math.abs(code) <= INT32_MAX)) return null;
  return { codes: Int32Array.from(codes), scales };
}

/** Adds a bias of 32-bit codes for a layer. Returns the name of its value. */
export function addIntegerBias(edits: GraphEdits, node: Node, { codes, scales }: BiasCodes, domain: string): string {
  const value = edits.names.take(`${node.outputs[0]!}_bias`);
  const perTensor = scales.every((scale) => scale === scales[0]);
  const dims: readonly number[] = perTensor ? [] : [scales.length];
  const inputs = [
    edits.constant(`${value}_quantized`, 'int32', [codes.length], codes),
    edits.constant(`${value}_scale`, 'float', dims, perTensor ? scales.slice(0, 1) : scales),
  ];
  edits.addBefore(node, [{ op: 'DequantizeLinear', domain, inputs, outputs: [value], ...(perTensor ? {} : { attributes: { axis: { int: 0 } } }) }]);
  return value;
}
