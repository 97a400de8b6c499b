// The benchmark: makes its inputs, measures Nibble's jobs and, where Python has them, those of other tools on the same files
// in the same run, and prints one table. `npm run bench -- --only open,int8` runs some of the jobs; `--no-peers` leaves the others out.
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { analyzeFile } from '../../src/jobs/analyze';
import { measureActivation } from './activation';
import { measureOpen, measureReady } from './engineJobs';
import { benchInputs } from './inputs';
import type { BenchInputs } from './inputs';
import { measureRun, median } from './measure';
import type { Measurement } from './measure';
import { measurePage } from './page';
import { measurePeer, peerVersions } from './peers';
import { benchTable } from './table';
import type { BenchRow } from './table';

/** Short jobs are repeated and the run in the middle counts; long ones vary little. */
const REPEATS = 5;
const MB = 1e6;

const { values } = parseArgs({ options: { only: { type: 'string' }, peers: { type: 'boolean', default: true } }, allowNegative: true });
const folder = resolve(process.env['NIBBLE_RIG_DIR'] ?? '.rig', 'bench');
const output = join(folder, 'output.onnx');

interface Job {
  readonly id: string;
  readonly title: string;
  readonly limit: Measurement | null;
  /** With the limit, where that has to be measured, too. */
  readonly run: (inputs: BenchInputs) => Promise<Measurement & { readonly limit?: Measurement }>;
  readonly peers: readonly { readonly name: string; readonly job: string; readonly input: keyof BenchInputs }[];
}

async function repeated(measure: () => Promise<Measurement> | Measurement): Promise<Measurement> {
  const runs: Measurement[] = [];
  for (let i = 0; i < REPEATS; i += 1) runs.push(await measure());
  return median(runs);
}

/** The command line tool from start to end, file to file. */
async function quantize(model: string, ...options: string[]): Promise<Measurement> {
  const args = ['dist/cli.js', 'quantize', model, '-o', output, '--no-run', '--json', ...options];
  const runs: Measurement[] = [];
  for (let i = 0; i < 3; i += 1) {
    await rm(output, { force: true });
    runs.push(await measureRun(process.execPath, args));
  }
  return median(runs);
}

/** The command line tool from start to end, with little to print. */
function analyze(model: string): Promise<Measurement> {
  return measureRun(process.execPath, ['dist/cli.js', 'analyze', model, '--by-operator', '--json']);
}

/** The analysis alone, in this process: without the start of a program, which is the same for every model. */
function measureAnalysis(model: string): Measurement {
  const started = performance.now();
  analyzeFile(model);
  return { milliseconds: performance.now() - started, peakBytes: null };
}

/** The analysis of a model twice as large, which may take `factor` times as long: the fastest of runs in turn, so that both meet the same machine. */
function measureGrowth(small: string, large: string, factor: number): Measurement & { readonly limit: Measurement } {
  const runs = Array.from({ length: 2 * REPEATS }, () => [measureAnalysis(small), measureAnalysis(large)] as const);
  const fastest = (of: 0 | 1): number => Math.min(...runs.map((pair) => pair[of].milliseconds));
  return { milliseconds: fastest(1), peakBytes: null, limit: { milliseconds: factor * fastest(0), peakBytes: null } };
}

const jobs: readonly Job[] = [
  {
    id: 'open',
    title: 'open a 1 GiB model to the full layer table',
    limit: { milliseconds: 150, peakBytes: 120 * MB },
    run: ({ large }) => repeated(() => measureOpen(large, 'last row')),
    peers: [{ name: 'onnx.load + infer_shapes', job: 'open', input: 'large' }],
  },
  {
    id: 'rows',
    title: 'open 50,000 nodes to the first 500 rows, with shapes, costs and totals',
    limit: { milliseconds: 500, peakBytes: 200 * MB },
    run: ({ wide }) => repeated(() => measureOpen(wide, 'first rows')),
    peers: [],
  },
  {
    id: 'nodes',
    title: 'open 50,000 nodes to the last row',
    limit: { milliseconds: 500, peakBytes: 200 * MB },
    run: ({ wide }) => repeated(() => measureOpen(wide, 'last row')),
    peers: [{ name: 'onnx.load + infer_shapes', job: 'open', input: 'wide' }],
  },
  {
    id: 'external',
    title: 'open 6 GiB in external data',
    limit: { milliseconds: 300, peakBytes: 150 * MB },
    run: ({ external }) => repeated(() => measureOpen(external, 'last row')),
    peers: [{ name: 'onnx.load without the data + infer_shapes', job: 'open-structure', input: 'external' }],
  },
  {
    id: 'infer',
    title: 'shapes and counts of 50,000 nodes, from the command line',
    limit: { milliseconds: 1_500, peakBytes: null },
    run: ({ wide }) => repeated(() => analyze(wide)),
    peers: [
      { name: 'onnx.load + infer_shapes', job: 'open', input: 'wide' },
      { name: 'onnxruntime SymbolicShapeInference', job: 'symbolic', input: 'wide' },
    ],
  },
  {
    id: 'linear',
    title: 'shapes and counts of 20,000 nodes (limit: 2.3 × those of 10,000)',
    limit: null,
    run: ({ nodes10k, nodes20k }) => Promise.resolve(measureGrowth(nodes10k, nodes20k, 2.3)),
    peers: [],
  },
  {
    id: 'chain',
    title: 'shapes and counts of a chain of 100,000 nodes, from the command line',
    limit: { milliseconds: 3_000, peakBytes: null },
    run: ({ chain }) => repeated(() => analyze(chain)),
    peers: [{ name: 'onnx.load + infer_shapes', job: 'open', input: 'chain' }],
  },
  {
    id: 'int8',
    title: 'int8 per channel, 1 GiB, file to file',
    limit: { milliseconds: 2_000, peakBytes: 300 * MB },
    run: ({ large }) => quantize(large, '--weights', 'int8', '--granularity', 'channel'),
    peers: [
      { name: 'onnxruntime quantize_dynamic', job: 'dynamic-int8', input: 'large' },
      { name: 'NNCF INT8_SYM', job: 'nncf-int8', input: 'large' },
    ],
  },
  {
    id: 'int4',
    title: 'int4 in blocks of 32, 1 GiB, file to file',
    limit: { milliseconds: 2_000, peakBytes: 300 * MB },
    run: ({ large }) => quantize(large, '--weights', 'int4', '--granularity', 'block:32'),
    peers: [
      { name: 'onnxruntime MatMulNBitsQuantizer', job: 'matmul-int4', input: 'large' },
      { name: 'NNCF INT4_SYM', job: 'nncf-int4', input: 'large' },
    ],
  },
  {
    id: 'copy',
    title: 'for scale: copying the 1 GiB file',
    limit: null,
    run: async ({ large }) => {
      await rm(output, { force: true });
      const started = performance.now();
      await copyFile(large, output);
      return { milliseconds: performance.now() - started, peakBytes: null };
    },
    peers: [],
  },
  { id: 'activation', title: 'activation of the extension', limit: { milliseconds: 50, peakBytes: null }, run: () => repeated(measureActivation), peers: [] },
  { id: 'engine', title: 'engine ready after first need', limit: { milliseconds: 200, peakBytes: null }, run: () => repeated(measureReady), peers: [] },
  { id: 'paint', title: 'first rows of 10,000 layers', limit: { milliseconds: 300, peakBytes: null }, run: () => measurePage('first rows'), peers: [] },
  { id: 'scroll', title: 'a frame of scrolling 10,000 layers', limit: { milliseconds: 16, peakBytes: null }, run: () => measurePage('scroll'), peers: [] },
  { id: 'rank', title: 'a frame of ranking 10,000 layers', limit: { milliseconds: 16, peakBytes: null }, run: () => measurePage('ranking'), peers: [] },
];

async function main(): Promise<void> {
  const only = values.only?.split(',');
  const chosen = jobs.filter(({ id }) => !only || only.includes(id));
  if (chosen.length === 0) throw new Error(`--only names no job. Jobs: ${jobs.map(({ id }) => id).join(', ')}.`);

  const versions = values.peers ? await peerVersions() : {};
  const inputs = await benchInputs(folder);
  const rows: BenchRow[] = [];
  for (const job of chosen) {
    process.stderr.write(`${job.title} …\n`);
    const ours = await job.run(inputs);
    const peers: { name: string; result: Measurement | string }[] = [];
    if ('onnx' in versions) {
      for (const peer of job.peers) peers.push({ name: peer.name, result: await measurePeer(peer.job, inputs[peer.input], output) });
    }
    rows.push({ job: job.title, ours, limit: ours.limit ?? job.limit, peers });
  }
  await rm(output, { force: true });

  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node ${process.version}`;
  const others = Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(', ');
  const note = others ? `Beside it: ${others}.` : 'No other tool was measured: python3 (or NIBBLE_PYTHON) does not import onnx and onnxruntime.';
  const report = `${benchTable(rows)}\n\n${machine}. ${note}\nMemory is the peak of the whole process. (n×): the other took n times as long.\n`;
  console.log(`\n${report}`);
  await mkdir('bench-results', { recursive: true });
  await writeFile('bench-results/latest.md', report);
}

void main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
