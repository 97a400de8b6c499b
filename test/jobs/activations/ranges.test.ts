import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MAX_RANGES_BYTES, readRanges } from '../../../src/jobs/activations/rangesFile';
import { calibrateModel } from '../../../src/jobs/calibrateModel';
import type { Plan } from '../../../src/plan/plan';
import { caught } from '../../support/caught';
import { calibrateAll, smallNetwork, withSamples } from '../../support/calibrating';
import { npy } from '../../support/npy';
import { testPorts } from '../../support/quantizing';
import { tempFolder } from '../../support/tempFolder';

const calibrate = (path: string, samples: string, changes: Plan['calibration'] = { method: 'minmax' }) =>
  calibrateModel({ path, samples, plan: { version: 1, default: { activations: {} }, calibration: changes } }, testPorts, () => undefined, new AbortController().signal);

/** Eight samples, of which the third has the smallest and the sixth the largest input value. */
function extremes(): Float32Array {
  const values = Float32Array.from({ length: 8 * 432 }, (_, index) => Math.sin(index) / 2);
  values[2 * 432 + 7] = -3;
  values[5 * 432 + 100] = 4;
  return values;
}

describe('finding ranges', () => {
  it('tells the range of each value, and which samples set the extremes', async () => {
    const { path, samples } = withSamples(tempFolder(), smallNetwork(), undefined, extremes());
    const { result } = await calibrate(path, samples);
    expect(result).toMatchObject({ format: 'uint8', method: 'minmax', source: 'samples', samples: 8 });
    const { ranges } = result;
    expect(ranges.find(({ tensor }) => tensor === 'x')).toEqual({ tensor: 'x', low: -3, high: 4, seen: { low: -3, high: 4, lowSample: 'samples.npy[2]', highSample: 'samples.npy[5]' } });
    expect(ranges.every(({ low, high, seen }) => low <= 0 && high >= 0 && low === Math.min(seen!.low, 0) && high === Math.max(seen!.high, 0))).toBe(true);
  });

  it('tries the methods on the model as it is', async () => {
    const { path, samples } = withSamples(tempFolder(), smallNetwork());
    const { result } = await calibrate(path, samples, {});
    expect(result.tried.map(({ method }) => method)).toEqual(['minmax', 'percentile', 'mse']);
    expect(result.sqnrDb).toBe(Math.max(...result.tried.map(({ sqnrDb }) => sqnrDb!)));
  });
});

describe('ranges that are given', () => {
  it('give the same model as the search that found them', async () => {
    const { path, samples } = withSamples(tempFolder(), smallNetwork());
    const written = () => readFileSync(join(dirname(path), 'out.onnx'));
    const { text } = await calibrate(path, samples, { method: 'percentile' });
    writeFileSync(join(dirname(path), 'found.json'), text);
    const first = await calibrateAll(path, samples, { calibration: { method: 'percentile' } });
    const bytes = written();
    const second = await calibrateAll(path, samples, { calibration: { ranges: 'found.json' } });
    expect(written().equals(bytes)).toBe(true);
    expect(first.activations!.givenRanges).toBe(0);
    expect(second.activations!.givenRanges).toBeGreaterThan(4);
    expect(second.activations!.sqnrDb).toBe(first.activations!.sqnrDb);
  });

  it('win over what samples say, and leave the others to them', async () => {
    const { path, samples } = withSamples(tempFolder(), smallNetwork());
    const usual = await calibrateAll(path, samples, { calibration: { method: 'minmax' } });
    writeFileSync(join(dirname(path), 'bad.json'), JSON.stringify({ version: 1, ranges: [{ tensor: 'x', low: -1000, high: 1000 }] }));
    const { activations } = await calibrateAll(path, samples, { calibration: { method: 'minmax', ranges: 'bad.json' } });
    expect(activations!.givenRanges).toBe(1);
    expect(activations!.sqnrDb).toBeLessThan(usual.activations!.sqnrDb! - 10);
  });

  it.each([
    ['', 'not JSON'],
    ['[]', 'version 1'],
    ['{"version": 2, "ranges": []}', 'version 1'],
    ['{"version": 1}', 'list'],
    ['{"version": 1, "ranges": [{"tensor": "x", "low": 0, "high": "1"}]}', 'entry 1'],
    ['{"version": 1, "ranges": [{"tensor": "x", "low": 2, "high": 1}]}', 'entry 1'],
    ['{"version": 1, "ranges": [{"tensor": "x", "low": 0, "high": 1e300}]}', 'entry 1'],
    ['{"version": 1, "ranges": [null]}', 'entry 1'],
    ['{"version": 1, "ranges": [{"tensor": "x", "low": 0, "high": 1}, {"tensor": "x", "low": 0, "high": 2}]}', 'twice'],
  ])('refuses %j', async (text, why) => {
    const path = join(tempFolder(), 'ranges.json');
    writeFileSync(path, text);
    const error = await caught(() => readRanges(path));
    expect(error).toMatchObject({ reason: 'invalid-argument', subject: { file: path } });
    expect(error.message).toContain(why);
  });

  it('are read up to a limit', async () => {
    const path = join(tempFolder(), 'ranges.json');
    writeFileSync(path, '{"version": 1, "ranges": []}'.padEnd(MAX_RANGES_BYTES));
    expect(readRanges(path).size).toBe(0);
    truncateSync(path, MAX_RANGES_BYTES + 1);
    expect(await caught(() => readRanges(path))).toMatchObject({ reason: 'limit' });
    expect(await caught(() => readRanges(`${path}.no`))).toMatchObject({ reason: 'not-found' });
  });

  it('takes any order of samples', async () => {
    const { path, samples } = withSamples(tempFolder(), smallNetwork(), undefined, extremes());
    const reversed = join(dirname(path), 'reversed.npy');
    const values = extremes();
    writeFileSync(reversed, npy('<f4', [8, 3, 12, 12], Float32Array.from(values, (_, index) => values[(7 - Math.floor(index / 432)) * 432 + (index % 432)]!)));
    const strip = async (from: string) => (await calibrate(path, from, { method: 'mse' })).result.ranges.map(({ tensor, low, high }) => ({ tensor, low, high }));
    expect(await strip(reversed)).toEqual(await strip(samples));
  });
});
