import { once } from 'node:events';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, rename, truncate, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { onnx } from 'onnx-proto';
import { buildModel, externalTensor, floatTensor, graph, node, valueInfo } from '../support/onnxBuilder';

/** A square weight of 16 MiB; 64 of them make a model of 1 GiB. */
const SIDE = 2_048;
const LAYERS = 64;
const TENSOR_BYTES = SIDE * SIDE * 4;

/** A model that only external data can hold: 96 square weights of 64 MiB. */
const EXTERNAL_SIDE = 4_096;
const EXTERNAL_LAYERS = 96;

/** Bytes of a protobuf tag of a length-delimited field and the length behind it. */
function prefix(field: number, length: number): Buffer {
  const bytes: number[] = [(field << 3) | 2];
  for (let rest = length; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) {
      bytes.push(rest);
      return Buffer.from(bytes);
    }
    bytes.push((rest % 128) | 128);
  }
}

/** Values with the shape of trained weights: normal, of deviation 0.03 (He, for this width), from a seeded generator (mulberry32, Box–Muller). */
function normalValues(count: number): Float32Array {
  let state = 1;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const values = new Float32Array(count);
  for (let i = 0; i < count; i += 2) {
    const radius = 0.03 * Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    values[i] = radius * Math.cos(angle);
    values[i + 1] = radius * Math.sin(angle);
  }
  return values;
}

/** A model of 64 MatMuls with 1 GiB of weights, written piece by piece: it is never in memory as a whole. */
async function writeLargeModel(path: string): Promise<void> {
  const names = Array.from({ length: LAYERS }, (_, i) => `/layers.${i}/proj`);
  const structure = graph({
    nodes: names.flatMap((name, i) => [
      node('MatMul', [i === 0 ? 'x' : `h${i}`, `${name}/weight`], [`${name}/y`], { name: `${name}/MatMul` }),
      node('Relu', [`${name}/y`], [i === LAYERS - 1 ? 'y' : `h${i + 1}`], { name: `${name}/Relu` }),
    ]),
    inputs: [valueInfo('x', 'float', ['batch', SIDE])],
    outputs: [valueInfo('y', 'float', ['batch', SIDE])],
  });
  const tensors = names.map((name) => {
    const head = Buffer.concat([onnx.TensorProto.encode({ dims: [SIDE, SIDE], dataType: onnx.TensorProto.DataType.FLOAT, name: `${name}/weight` }).finish(), prefix(9, TENSOR_BYTES)]);
    return Buffer.concat([prefix(5, head.length + TENSOR_BYTES), head]);
  });
  const graphBytes = onnx.GraphProto.encode(structure).finish();
  const graphLength = graphBytes.length + tensors.reduce((sum, head) => sum + head.length + TENSOR_BYTES, 0);
  const model = onnx.ModelProto.encode({ irVersion: 10, producerName: 'bench', opsetImport: [{ domain: '', version: 21 }] }).finish();

  // Every tensor is another window on one block of values: different weights at the price of one block.
  const pool = Buffer.from(normalValues(TENSOR_BYTES / 4 + LAYERS * 64).buffer);
  const file = createWriteStream(path);
  const write = async (bytes: Uint8Array): Promise<void> => {
    if (!file.write(bytes)) await once(file, 'drain');
  };
  for (const bytes of [model, prefix(7, graphLength), graphBytes]) await write(bytes);
  for (const [i, head] of tensors.entries()) {
    await write(head);
    await write(pool.subarray(i * 256, i * 256 + TENSOR_BYTES));
  }
  file.end();
  await finished(file);
}

/** A model of so many nodes, four to a block, with small weights, as exporters leave them behind that write out every step. */
async function writeWideModel(path: string, nodes: number): Promise<void> {
  const blocks = nodes / 4;
  const values = normalValues(64 + blocks);
  const bytes = buildModel({
    graph: graph({
      nodes: Array.from({ length: blocks }, (_, i) => {
        const scope = `/stage.${Math.floor(i / 500)}/block.${i % 500}`;
        return [
          node('MatMul', [i === 0 ? 'x' : `h${i}`, `w${i}`], [`m${i}`], { name: `${scope}/MatMul` }),
          node('Add', [`m${i}`, `b${i}`], [`a${i}`], { name: `${scope}/Add` }),
          node('Relu', [`a${i}`], [`r${i}`], { name: `${scope}/Relu` }),
          node('Mul', [`r${i}`, 's'], [i === blocks - 1 ? 'y' : `h${i + 1}`], { name: `${scope}/Mul` }),
        ];
      }).flat(),
      initializers: [
        floatTensor('s', [8], values.subarray(0, 8)),
        ...Array.from({ length: blocks }, (_, i) => [floatTensor(`w${i}`, [8, 8], values.subarray(i, i + 64)), floatTensor(`b${i}`, [8], values.subarray(i, i + 8))]).flat(),
      ],
      inputs: [valueInfo('x', 'float', ['batch', 8])],
      outputs: [valueInfo('y', 'float', ['batch', 8])],
    }),
  });
  const file = createWriteStream(path);
  file.end(bytes);
  await finished(file);
}

/** A chain of 100,000 nodes without weights: the longest way from an input to an output. */
async function writeChain(path: string): Promise<void> {
  const length = 100_000;
  await writeFile(path, buildModel({
    graph: graph({
      nodes: Array.from({ length }, (_, i) => node('Relu', [i === 0 ? 'x' : `v${i}`], [i === length - 1 ? 'y' : `v${i + 1}`])),
      inputs: [valueInfo('x', 'float', ['batch', 8])],
      outputs: [valueInfo('y', 'float', ['batch', 8])],
    }),
  }));
}

/** A model of 6 GiB in a data file beside it, which is sparse: it takes no room on the disk. */
async function writeExternalModel(path: string): Promise<void> {
  const bytes = EXTERNAL_SIDE * EXTERNAL_SIDE * 4;
  const location = `${basename(path, '.partial')}.data`;
  await writeFile(path, buildModel({
    graph: graph({
      nodes: Array.from({ length: EXTERNAL_LAYERS }, (_, i) => node('MatMul', [i === 0 ? 'x' : `h${i}`, `w${i}`], [i === EXTERNAL_LAYERS - 1 ? 'y' : `h${i + 1}`], { name: `/layers.${i}/MatMul` })),
      initializers: Array.from({ length: EXTERNAL_LAYERS }, (_, i) => externalTensor(`w${i}`, 'float', [EXTERNAL_SIDE, EXTERNAL_SIDE], { location, offset: i * bytes, length: bytes })),
      inputs: [valueInfo('x', 'float', ['batch', EXTERNAL_SIDE])],
      outputs: [valueInfo('y', 'float', ['batch', EXTERNAL_SIDE])],
    }),
  }));
  await writeFile(join(dirname(path), location), '');
  await truncate(join(dirname(path), location), EXTERNAL_LAYERS * bytes);
}

export interface BenchInputs {
  /** 1 GiB of weights in 64 MatMuls. */
  readonly large: string;
  /** 6 GiB of weights in external data. */
  readonly external: string;
  /** 10,000, 20,000 and 50,000 nodes. */
  readonly nodes10k: string;
  readonly nodes20k: string;
  readonly wide: string;
  /** 100,000 nodes in a row. */
  readonly chain: string;
}

/** The benchmark's models in `folder`, made when they are not there yet. */
export async function benchInputs(folder: string): Promise<BenchInputs> {
  await mkdir(folder, { recursive: true });
  const made = async (name: string, write: (path: string) => Promise<void>): Promise<string> => {
    const path = join(folder, name);
    if (existsSync(path)) return path;
    console.log(`Making ${name} …`);
    await write(`${path}.partial`);
    await rename(`${path}.partial`, path);
    return path;
  };
  const ofNodes = (count: number): Promise<string> => made(`nodes-${count}.onnx`, (path) => writeWideModel(path, count));
  return {
    large: await made('matmul-1GiB.onnx', writeLargeModel),
    external: await made('external-6GiB.onnx', writeExternalModel),
    nodes10k: await ofNodes(10_000),
    nodes20k: await ofNodes(20_000),
    wide: await ofNodes(50_000),
    chain: await made('chain-100000.onnx', writeChain),
  };
}
