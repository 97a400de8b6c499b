import { readFileSync } from 'node:fs';
import { onnx } from 'onnx-proto';
import { bitsPerElement, dataTypeFromCode } from '../../src/onnx/dtypes';
import { halfToNumber, numberToHalf } from './float16';

/** What a DequantizeLinear in a written file gives, computed here from the bytes of the file by the definition in the ONNX standard. */
export interface Dequantized {
  readonly name: string;
  readonly dims: readonly number[];
  readonly values: Float32Array;
  readonly domain: string;
}

/** All DequantizeLinear nodes over initializers of a file's main graph. */
export function dequantizedWeights(path: string): readonly Dequantized[] {
  const { graph } = onnx.ModelProto.decode(readFileSync(path));
  const tensors = new Map(graph!.initializer!.map((tensor) => [tensor.name!, tensor]));
  return graph!.node!.filter(({ opType }) => opType === 'DequantizeLinear').map((node) => {
    const [codes, scale, zero] = node.input!.map((name) => tensors.get(name)!);
    const attribute = (name: string): number | undefined => {
      const found = node.attribute!.find((candidate) => candidate.name === name);
      return found && Number(found.i);
    };
    const dims = codes!.dims!.map(Number);
    const q = integers(codes!);
    const scales = reals(scale!);
    const zeros = zero ? integers(zero) : scales.map(() => 0);
    const half = dataTypeFromCode(scale!.dataType!) === 'float16';
    const axis = scale!.dims!.length === 0 ? null : (attribute('axis') ?? 1);
    const values = Float32Array.from(q, (code, position) => {
      const group = axis === null ? 0 : groupOf(dims, axis, attribute('block_size') ?? 0, position);
      const value = Math.fround((code - zeros[group]!) * scales[group]!);
      return half ? halfToNumber(numberToHalf(value)) : value;
    });
    return { name: node.output![0]!, dims, values, domain: node.domain ?? '' };
  });
}

function groupOf(dims: readonly number[], axis: number, block: number, position: number): number {
  let rest = position;
  const index = dims.map(() => 0);
  for (let dim = dims.length - 1; dim >= 0; dim -= 1) {
    index[dim] = rest % dims[dim]!;
    rest = Math.floor(rest / dims[dim]!);
  }
  if (block === 0) return index[axis]!;
  return index.reduce((group, at, dim) => (dim === axis ? group * Math.ceil(dims[dim]! / block) + Math.floor(at / block) : group * dims[dim]! + at), 0);
}

/** The element at `i`, read bit by bit. */
function integers(tensor: onnx.ITensorProto): readonly number[] {
  const type = dataTypeFromCode(tensor.dataType!);
  const bits = bitsPerElement(type);
  const count = tensor.dims!.reduce((product: number, dim) => product * Number(dim), 1);
  return Array.from({ length: count }, (_, i) => {
    let code = 0;
    for (let bit = 0; bit < bits; bit += 1) {
      const at = i * bits + bit;
      code += ((tensor.rawData![at >> 3]! >> (at & 7)) & 1) * 2 ** bit;
    }
    return type.startsWith('int') && code >= 2 ** (bits - 1) ? code - 2 ** bits : code;
  });
}

function reals(tensor: onnx.ITensorProto): readonly number[] {
  const bytes = Uint8Array.from(tensor.rawData!);
  return dataTypeFromCode(tensor.dataType!) === 'float16' ? Array.from(new Uint16Array(bytes.buffer), halfToNumber) : Array.from(new Float32Array(bytes.buffer));
}
