import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createWeightPool } from '../../src/engine/weightPool';
import type { WeightTask } from '../../src/jobs/ports';
import { toFloat16 } from '../../src/onnx/float16';
import { layoutOf } from '../../src/quant/layout';
import { packCodes } from '../../src/quant/packing';
import { errorSums, quantizeValues, throughFloat16 } from '../../src/quant/reference';
import type { Granularity, IntegerScheme } from '../../src/quant/scheme';
import { schemeKey } from '../../src/quant/scheme';
import { storedBytes } from '../../src/quant/storage';
import { gaussian } from '../quant/gaussian';
import { approximate, referenceParameters } from '../quant/reference';
import { caught } from '../support/caught';
import { plainWeights } from '../support/plainWeights';
import { tempFolder } from '../support/tempFolder';
import { TIMED } from '../support/timed';

const workerFile = 'dist/worker.js';
/** Small enough that the tensors below are divided in every way. */
const pool = createWeightPool({ workerFile, threads: 2, division: { chunk: 64, piece: 256, streamedGroups: 500 } });
const plain = createWeightPool({ workerFile, threads: 2 });
afterAll(() => Promise.all([pool.close(), plain.close()]));

const int8: IntegerScheme = { kind: 'integer', bits: 8, signed: true, symmetric: true, granularity: 'channel', range: 'minmax' };

function taskOf(values: Float32Array, dims: readonly number[], channelAxis = 0, blockAxis = dims.length - 1): WeightTask {
  return { source: { kind: 'bytes', bytes: new Uint8Array(values.buffer) }, dataType: 'float', dims, channelAxis, blockAxis };
}

/** Shapes and granularities, and how the division above treats them. */
const SHAPES: readonly (readonly [how: string, dims: readonly number[], axis: number, granularity: Granularity])[] = [
  ['one span on all threads', [50, 61], 0, 'tensor'],
  ['columns on all threads', [77, 40], 1, 'channel'],
  ['rows that are one span each', [3, 1000], 0, 'channel'],
  ['rows that do not start at whole bytes', [3, 1001], 0, 'channel'],
  ['runs of channels in every unit', [9, 5, 41], 1, 'channel'],
  ['rows wider than a chunk', [5, 301], 1, 'channel'],
  ['blocks', [30, 64], 1, { block: 16 }],
  ['blocks that do not fill the axis', [4, 301], 1, { block: 16 }],
  ['slabs of rows', [70, 13], 0, { block: 32 }],
  ['one slab', [70, 13], 0, { block: 256 }],
];

describe('createWeightPool', () => {
  it.each(SHAPES)('quantizes as the reference does: %s', async (_, dims, axis, granularity) => {
    const values = gaussian(dims.reduce((a, b) => a * b), 3);
    const path = join(tempFolder(), 'out');
    for (const coding of [{ bits: 4, signed: false, symmetric: false, range: 'minmax' }, { bits: 2, signed: true, symmetric: true, range: 'mse' }] as const) {
      const scheme: IntegerScheme = { kind: 'integer', granularity, ...coding };
      const task = taskOf(values, dims, axis, axis);
      const bytes = storedBytes(task, 'float', { ...scheme, symmetric: false });
      writeFileSync(path, new Uint8Array(bytes.codes + bytes.scales + bytes.zeroPoints));
      const error = await pool.quantize(task, scheme, { path, codes: 0, scales: bytes.codes, zeroPoints: bytes.codes + bytes.scales });
      const layout = layoutOf(task, granularity);
      const parameters = referenceParameters(values, layout, scheme, scheme.range, 'float');
      const expected = [packCodes(quantizeValues(values, layout, parameters, scheme), scheme.bits), new Uint8Array(parameters.scales.buffer), packCodes(parameters.zeroPoints, scheme.bits)];
      expect(readFileSync(path).equals(Buffer.concat(expected))).toBe(true);
      const sums = errorSums(values, approximate(values, layout, parameters, scheme, 'float'));
      expect(error.maxError).toBe(sums.maxError);
      expect(error.noise / sums.noise).toBeCloseTo(1, 9);
      expect((await pool.measure(task, [scheme]))[0]!.noise / error.noise).toBeCloseTo(1, 9);
    }
  });

  it('reads its files at any offset and writes at the given positions only', async () => {
    const folder = tempFolder();
    const values = gaussian(999, 4);
    const input = join(folder, 'in');
    const output = join(folder, 'out');
    writeFileSync(input, Buffer.concat([new Uint8Array(7), new Uint8Array(values.buffer), new Uint8Array(5)]));
    const filler = (count: number): Uint8Array => new Uint8Array(count).fill(0x55);
    writeFileSync(output, filler(1200));
    const task: WeightTask = { ...taskOf(values, [27, 37]), source: { kind: 'file', path: input, offset: 7, length: 999 * 4 } };
    await pool.quantize(task, int8, { path: output, codes: 3, scales: 1005, zeroPoints: null });
    const layout = layoutOf(task, 'channel');
    const parameters = referenceParameters(values, layout, int8, 'minmax', 'float');
    const codes = packCodes(quantizeValues(values, layout, parameters, int8), 8);
    const expected = [filler(3), codes, filler(3), new Uint8Array(parameters.scales.buffer), filler(1200 - 1005 - 4 * 27)];
    expect(readFileSync(output).equals(Buffer.concat(expected))).toBe(true);
  });

  it('measures many schemes of one tensor at once, in their order', async () => {
    const values = gaussian(64 * 48, 5);
    const granularities: Granularity[] = ['channel', 'tensor', { block: 16 }];
    const schemes = granularities.flatMap((granularity) => [
      { ...int8, granularity },
      { kind: 'float16' } as const,
      { ...int8, bits: 4, symmetric: false, signed: false, granularity } as const,
    ]);
    let bytes = 0;
    const errors = await pool.measure(taskOf(values, [64, 48]), schemes, { onBytes: (more) => (bytes += more) });
    expect(bytes).toBeCloseTo(values.byteLength, 6);
    for (const [index, scheme] of schemes.entries()) {
      const approximations =
        scheme.kind === 'float16'
          ? throughFloat16(values)
          : approximate(values, layoutOf(taskOf(values, [64, 48]), scheme.granularity), referenceParameters(values, layoutOf(taskOf(values, [64, 48]), scheme.granularity), scheme, 'minmax', 'float'), scheme, 'float');
      expect({ scheme: schemeKey(scheme), maxError: errors[index]!.maxError }).toEqual({ scheme: schemeKey(scheme), maxError: errorSums(values, approximations).maxError });
      expect(errors[index]!.noise / errorSums(values, approximations).noise).toBeCloseTo(1, 9);
    }
  });

  it('tells how far it is all through the search for the range of a tensor that threads share', async () => {
    const values = gaussian(64 * 48, 7);
    const told: number[] = [];
    await pool.measure(taskOf(values, [64, 48]), [{ ...int8, granularity: 'tensor', range: 'mse' }], { onBytes: (bytes) => told.push(bytes) });
    expect(told.reduce((sum, bytes) => sum + bytes, 0)).toBeCloseTo(values.byteLength, 6);
    expect(Math.max(...told)).toBeLessThan(values.byteLength / 2);
  });

  it('converts to float16', async () => {
    const values = gaussian(1001, 6);
    const path = join(tempFolder(), 'out');
    writeFileSync(path, new Uint8Array(2002));
    const error = await pool.quantize(taskOf(values, [1001]), { kind: 'float16' }, { path, codes: 0, scales: 0, zeroPoints: null });
    const bytes = readFileSync(path);
    expect(Array.from({ length: 1001 }, (_, i) => bytes.readUInt16LE(2 * i))).toEqual([...values].map(toFloat16));
    expect(error.maxError).toBe(errorSums(values, throughFloat16(values)).maxError);
  });

  it('keeps tensors whole that a format cannot hold, and says why', async () => {
    const path = join(tempFolder(), 'out');
    writeFileSync(path, new Uint8Array(100));
    const into = { path, codes: 0, scales: 50, zeroPoints: null };
    const spoiled = taskOf(Float32Array.of(1, NaN, -Infinity, 2), [2, 2]);
    for (const scheme of [int8, { kind: 'float16' }] as const) {
      const refused = await caught(() => pool.quantize(spoiled, scheme, into));
      expect(refused.reason).toBe('malformed');
      expect(refused.message).toContain('2 of 4 values');
      expect((await caught(() => pool.measure(spoiled, [scheme]))).reason).toBe('malformed');
    }
    const large = taskOf(Float32Array.of(1, 65520), [2]);
    expect((await caught(() => pool.quantize(large, { kind: 'float16' }, into))).reason).toBe('unsupported');
    expect((await pool.measure(large, [{ kind: 'float16' }]))[0]).toMatchObject({ noise: Infinity, maxError: Infinity, sqnrDb: -Infinity });
    await pool.quantize(taskOf(Float32Array.of(1, 65519), [2]), { kind: 'float16' }, into);
    const huge = taskOf(Float32Array.of(3e38, -3e38), [2]);
    expect((await caught(() => pool.quantize(huge, { ...int8, granularity: 'tensor' }, into))).reason).toBe('unsupported');
    expect((await caught(() => pool.quantize({ ...large, dataType: 'double' }, int8, into))).reason).toBe('unsupported');
  });

  it('handles tensors without elements and with one', async () => {
    const path = join(tempFolder(), 'out');
    writeFileSync(path, new Uint8Array(64));
    const into = { path, codes: 0, scales: 16, zeroPoints: 48 };
    const empty = await pool.quantize(taskOf(new Float32Array(0), [0, 3], 1, 0), int8, into);
    expect(empty).toEqual({ sqnrDb: null, maxError: 0, signal: 0, noise: 0 });
    expect(readFileSync(path).readFloatLE(16)).toBe(1);
    const scalar = await pool.quantize(taskOf(Float32Array.of(-2.5), []), { ...int8, granularity: 'tensor' }, into);
    expect(scalar).toEqual({ sqnrDb: Infinity, maxError: 0, signal: 6.25, noise: 0 });
    expect(readFileSync(path).readInt8(0)).toBe(-127);
  });

  it('counts and describes values', async () => {
    const values = Float32Array.from({ length: 1000 }, (_, i) => (i % 10) - 3);
    values.set([NaN, Infinity], 20);
    const statistics = await pool.statistics(taskOf(values, [1000]));
    expect(statistics).toMatchObject({ elements: 1000, nonFinite: 2, zeros: 100, low: -3, high: 6 });
    const finite = [...values].filter(Number.isFinite);
    const mean = finite.reduce((a, b) => a + b) / finite.length;
    expect(statistics.mean).toBeCloseTo(mean, 12);
    expect(statistics.deviation).toBeCloseTo(Math.sqrt(finite.reduce((sum, x) => sum + (x - mean) ** 2, 0) / finite.length), 12);
  });

  it('shows values, errors and channels', async () => {
    const values = gaussian(6 * 500, 7);
    const inspection = await pool.inspect(taskOf(values, [6, 500]), { ...int8, bits: 4 });
    const { maxError } = (await pool.measure(taskOf(values, [6, 500]), [{ ...int8, bits: 4 }]))[0]!;
    const total = (counts: readonly number[]): number => counts.reduce((a, b) => a + b);
    expect(total(inspection.values.counts)).toBe(3000);
    expect(total(inspection.errors!.counts)).toBe(3000);
    expect([inspection.errors!.low, inspection.errors!.high]).toEqual([-maxError, maxError]);
    expect(inspection.values).toMatchObject({ low: Math.min(...values), high: Math.max(...values) });
    expect(inspection.channels).toEqual(Array.from({ length: 6 }, (_, row) => values.subarray(500 * row, 500 * (row + 1))).map((row) => ({ low: Math.min(...row), high: Math.max(...row) })));
    const first = values.subarray(0, 500);
    expect(inspection.firstGroup).toEqual({ scale: Math.fround((2 * Math.max(...first.map(Math.abs))) / 15), zeroPoint: 0 });
    expect(await pool.inspect(taskOf(values, [6, 500]), null)).toMatchObject({ errors: null, firstGroup: null });
    const spoiled = await pool.inspect(taskOf(Float32Array.of(1, -Infinity, NaN, NaN, -2, 3), [3, 2]), null);
    expect(spoiled.channels).toEqual([{ low: -2, high: 1 }, { low: 0, high: 0 }, { low: -2, high: 3 }]);
  });

  it('refuses more scattered groups than its limit, and takes as many', async () => {
    const values = (groups: number): Float32Array => gaussian(2 * groups, 8);
    await pool.measure(taskOf(values(500), [2, 500], 1), [int8]);
    expect((await caught(() => pool.measure(taskOf(values(501), [2, 501], 1), [int8]))).reason).toBe('unsupported');
  });

  it.each(['tensor', 'channel', { block: 16 }] as const)('refuses values beyond scales whichever way the range is found, and takes those within: %j', async (granularity) => {
    // A symmetric range of ±a is 2a wide, which float32 has up to a = 2^127.
    for (const [largest, reason] of [[2 ** 127 * (1 - 2 ** -20), null], [2 ** 127, 'unsupported'], [2 ** 128 * (1 - 2 ** -24), 'unsupported']] as const) {
      const values = gaussian(8 * 80, 9);
      values[333] = -largest;
      for (const range of ['minmax', 'mse'] as const) {
        const scheme: IntegerScheme = { ...int8, granularity, range };
        const [error] = await pool.measure(taskOf(values, [8, 80]), [scheme]);
        expect(Number.isFinite(error!.noise)).toBe(reason === null);
        const path = join(tempFolder(), 'out');
        writeFileSync(path, new Uint8Array(4096));
        const quantized = (): Promise<unknown> => pool.quantize(taskOf(values, [8, 80]), scheme, { path, codes: 0, scales: 1024, zeroPoints: null });
        if (reason === null) await quantized();
        else expect(await caught(quantized)).toMatchObject({ reason, message: 'its values are further apart than codes with float scales can reach' });
      }
    }
  });

  it('reports what is wrong with files', async () => {
    const folder = tempFolder();
    const path = join(folder, 'weights');
    writeFileSync(path, new Uint8Array(20));
    const from = (length: number): WeightTask => ({ ...taskOf(new Float32Array(1), [10]), source: { kind: 'file', path, offset: 0, length } });
    expect(await caught(() => pool.measure(from(40), [int8]))).toMatchObject({ reason: 'changed', subject: { file: path } });
    expect(await caught(() => pool.measure(from(39), [int8]))).toMatchObject({ reason: 'malformed' });
    const task = taskOf(new Float32Array(10), [10]);
    const nowhere = join(folder, 'missing');
    expect(await caught(() => pool.quantize(task, int8, { path: nowhere, codes: 0, scales: 0, zeroPoints: null }))).toMatchObject({ reason: 'not-found', subject: { file: nowhere } });
    expect(await caught(() => pool.measure({ ...task, source: { kind: 'file', path: nowhere, offset: 0, length: 40 } }, [int8]))).toMatchObject({ reason: 'not-found' });
  });

  it('stops within 200 ms when it is cancelled, and works on', TIMED, async () => {
    const task = taskOf(new Float32Array(2 ** 24).fill(0.5), [4096, 4096], 1, 0);
    const controller = new AbortController();
    const schemes = ([2, 4, 8, 16] as const).map((bits): IntegerScheme => ({ ...int8, bits, range: 'mse' }));
    const work = caught(() => plain.measure(task, schemes, { signal: controller.signal }));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const before = performance.now();
    controller.abort();
    expect((await work).reason).toBe('cancelled');
    expect(performance.now() - before).toBeLessThan(200);
    expect((await caught(() => plain.measure(task, schemes, { signal: controller.signal }))).reason).toBe('cancelled');
    expect((await plain.measure(taskOf(Float32Array.of(1), [1]), [int8]))[0]!.noise).toBe(0);
  });

  it('says so when its threads cannot be started, and when they die', async () => {
    const folder = tempFolder();
    const task = taskOf(Float32Array.of(1), [1]);
    const absent = createWeightPool({ workerFile: join(folder, 'worker.js'), threads: 1 });
    expect((await caught(() => absent.statistics(task))).reason).toBe('internal');
    copyFileSync('dist/kernels.wasm', join(folder, 'kernels.wasm'));
    const dying = join(folder, 'dying.js');
    // Dies at its first call, works from then on.
    writeFileSync(dying, `const { existsSync, writeFileSync } = require('node:fs');
      const { parentPort } = require('node:worker_threads');
      if (existsSync(__filename + '.died')) require(${JSON.stringify(resolve(workerFile))});
      else parentPort.on('message', () => { writeFileSync(__filename + '.died', ''); throw new Error('dead'); });`);
    const mortal = createWeightPool({ workerFile: dying, threads: 1 });
    const works = [1, 2].map(() => mortal.statistics(task));
    const [first, second] = await Promise.allSettled(works);
    expect(first).toMatchObject({ status: 'rejected', reason: { reason: 'internal' } });
    expect(second).toMatchObject({ status: 'fulfilled', value: { elements: 1 } });
    await Promise.all([absent.close(), mortal.close()]);
  });

  it('rejects what is under way when it is closed', async () => {
    const closing = createWeightPool({ workerFile, threads: 1 });
    const works = [1, 2].map(() => caught(() => closing.measure(taskOf(new Float32Array(2 ** 22), [2 ** 22], 0, 0), [int8])));
    await closing.close();
    for (const { reason } of await Promise.all(works)) expect(reason).toBe('engine-stopped');
    expect((await caught(() => closing.statistics(taskOf(new Float32Array(1), [1])))).reason).toBe('engine-stopped');
  });
});

describe('the difference of two stored tensors', () => {
  const bytesOf = (array: Float32Array | Int8Array): Uint8Array => new Uint8Array(array.buffer);
  const floats = (values: Float32Array, dims: readonly number[]) => ({ source: { kind: 'bytes' as const, bytes: bytesOf(values) }, values: { dataType: 'float' as const, dims, groups: null } });

  it.each([['in the same order', false], ['transposed', true]])('is the same on all threads, %s', async (_, transposed) => {
    const [rows, columns] = [61, 37];
    const first = gaussian(rows * columns, 5);
    const codes = Int8Array.from(first, (value) => Math.round(value / 0.05));
    const [scaled, order] = transposed
      ? [Int8Array.from(codes, (_value, index) => codes[(index % rows) * columns + Math.floor(index / rows)]!), { columns, rowStep: 1, columnStep: rows }]
      : [codes, null];
    const dims = transposed ? [columns, rows] : [rows, columns];
    const second = { source: { kind: 'bytes' as const, bytes: bytesOf(scaled) }, values: { dataType: 'int8' as const, dims, groups: { blocks: dims, scales: Float32Array.of(0.05), zeroPoints: null, scaleType: 'float' as const } } };
    const expected = await plainWeights.difference(floats(first, [rows, columns]), second, order);
    let bytes = 0;
    const found = await pool.difference(floats(first, [rows, columns]), second, order, { onBytes: (more) => { bytes += more; } });
    expect(found).toMatchObject({ elements: expected.elements, different: expected.different, maxError: expected.maxError });
    expect(found.sqnrDb).toBeCloseTo(expected.sqnrDb!, 9);
    expect(bytes).toBe(5 * rows * columns);
    expect(expected.sqnrDb).toBeGreaterThan(30);
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    controller.abort();
    const tensor = floats(gaussian(1000, 1), [1000]);
    expect(await caught(() => pool.difference(tensor, tensor, null, { signal: controller.signal }))).toMatchObject({ reason: 'cancelled' });
  });
});
