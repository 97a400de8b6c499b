import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { NibbleError, throwIfCancelled } from '../../src/errors';
import type { CallOptions, MeasurableScheme, WeightDestination, WeightPort, WeightSource, WeightTask } from '../../src/jobs/ports';
import type { WeightError } from '../../src/jobs/records';
import { bfloat16sToFloats, halvesToFloats } from './float16';
import { toFloat16 } from '../../src/onnx/float16';
import { differenceOf, placeIn } from '../../src/quant/difference';
import { elementCount, layoutOf } from '../../src/quant/layout';
import { packCodes } from '../../src/quant/packing';
import { groupParameters } from '../../src/quant/parameters';
import { dequantizeCodes, errorSums, quantizeValues, rangesOf, signalOf, throughFloat16 } from '../../src/quant/reference';
import { sqnrDb } from '../../src/quant/sqnr';
import { decodeValues } from '../../src/quant/storedValues';
import { scaleTypeOf, storesZeroPoints } from '../../src/quant/storage';

/** The arithmetic on weights as a plain function over the readable reference: ranges by min-max only, whole tensors in memory. */
export const plainWeights: WeightPort = {
  measure(task, schemes, options) {
    return attempt(options, () => {
      const values = load(task);
      return schemes.map((scheme) => convert(task, values, scheme).error);
    });
  },
  statistics: () => Promise.reject(new Error('not needed in tests')),
  async difference(first, second, order, options) {
    return attempt(options, () => {
      const [values, others] = [first, second].map(({ source, values: stored }) => decodeValues(stored, read(source), 0, elementCount(stored.dims))) as [Float32Array, Float32Array];
      const sums = differenceOf(values, others, order === null ? (index) => index : placeIn(order));
      return { ...sums, elements: values.length, sqnrDb: sqnrDb(sums.signal, sums.noise) };
    });
  },
  inspect: () => Promise.reject(new Error('not needed in tests')),
  quantize(task, scheme, to, options) {
    return attempt(options, () => {
      const { error, codes, scales, zeroPoints } = convert(task, load(task), scheme);
      write(to, [[to.codes, codes], [to.scales, scales], [to.zeroPoints ?? 0, to.zeroPoints === null ? new Uint8Array(0) : zeroPoints]]);
      options?.onBytes?.(codes.length);
      return error;
    });
  },
  close: () => Promise.resolve(),
};

interface Converted {
  readonly error: WeightError;
  readonly codes: Uint8Array;
  readonly scales: Uint8Array;
  readonly zeroPoints: Uint8Array;
}

function convert(task: WeightTask, values: Float32Array, scheme: MeasurableScheme): Converted {
  if (values.some((value) => !Number.isFinite(value))) throw new NibbleError('malformed', 'it holds values that are not finite');
  const none = new Uint8Array(0);
  if (scheme.kind === 'float16') return { error: errorOf(values, throughFloat16(values)), codes: bytesOf(Uint16Array.from(values, toFloat16)), scales: none, zeroPoints: none };
  const layout = layoutOf(task, scheme.granularity);
  const scaleType = scaleTypeOf(task.dataType);
  const parameters = groupParameters(rangesOf(values, layout), scheme, scaleType);
  const codes = quantizeValues(values, layout, parameters, scheme);
  return {
    error: errorOf(values, dequantizeCodes(codes, layout, parameters, scaleType)),
    codes: packCodes(codes, scheme.bits),
    scales: bytesOf(scaleType === 'float16' ? Uint16Array.from(parameters.scales, toFloat16) : parameters.scales),
    zeroPoints: storesZeroPoints(scheme) ? packCodes(parameters.zeroPoints, scheme.bits) : none,
  };
}

function errorOf(values: Float32Array, approximations: Float32Array): WeightError {
  const signal = signalOf(values);
  const { noise, maxError } = errorSums(values, approximations);
  return { signal, noise, maxError, sqnrDb: signal === 0 ? null : 10 * Math.log10(signal / noise) };
}

function load({ source, dataType }: WeightTask): Float32Array {
  const bytes = read(source);
  if (dataType === 'double') return Float32Array.from(new Float64Array(bytes.buffer));
  if (dataType === 'float') return new Float32Array(bytes.buffer);
  const values = new Float32Array(bytes.length / 2);
  (dataType === 'float16' ? halvesToFloats : bfloat16sToFloats)(new Uint16Array(bytes.buffer), values);
  return values;
}

function read(source: WeightSource): Uint8Array<ArrayBuffer> {
  if (source.kind === 'bytes') return Uint8Array.from(source.bytes);
  const bytes = new Uint8Array(source.length);
  const file = openSync(source.path, 'r');
  readSync(file, bytes, 0, bytes.length, source.offset);
  closeSync(file);
  return bytes;
}

function write({ path }: WeightDestination, parts: readonly (readonly [number, Uint8Array])[]): void {
  const file = openSync(path, 'r+');
  for (const [offset, bytes] of parts) writeSync(file, bytes, 0, bytes.length, offset);
  closeSync(file);
}

function bytesOf(array: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

async function attempt<T>(options: CallOptions | undefined, action: () => T): Promise<T> {
  await Promise.resolve();
  throwIfCancelled(options?.signal);
  return action();
}
