import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { largeFolder, mlpFolder, oddFolder } from './models';
import { runCli, startCli } from './runCli';

interface Printed {
  readonly output: string;
  readonly bytes: { readonly before: number; readonly after: number };
  readonly layers: readonly { readonly name: string; readonly weights: { readonly format: string; readonly granularity: unknown; readonly symmetric: boolean; readonly sqnrDb: number | null; readonly maxError: number; readonly bytes: { readonly after: number } } }[];
  readonly outputs: readonly { readonly name: string; readonly sqnrDb: number; readonly maxError: number; readonly samples: number; readonly source: string }[];
  readonly notes: readonly string[];
  readonly notRun: string;
}

/** Runs `quantize --json` and expects success. */
async function quantize(folder: string, ...args: readonly string[]): Promise<Printed> {
  const { code, stdout, stderr } = await runCli(['quantize', 'mlp.onnx', '--json', '--dim', 'batch=1', ...args], folder);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Printed;
}

const formats = ({ layers }: Printed): readonly string[] => layers.map(({ weights: { format, granularity, symmetric } }) => `${format} ${symmetric ? 'sym' : 'asym'} ${JSON.stringify(granularity)}`);

describe('nibble quantize', () => {
  it('writes int8 beside the model by default and measures it', async () => {
    const folder = mlpFolder();
    const original = readFileSync(join(folder, 'mlp.onnx'));
    const result = await quantize(folder);
    const output = join(folder, 'mlp.int8.onnx');
    expect(result.output).toBe(output);
    expect(result.bytes).toEqual({ before: original.length, after: statSync(output).size });
    expect(formats(result)).toEqual(['int8 sym "channel"', 'int8 sym "channel"']);
    for (const { weights } of result.layers) {
      expect(weights.sqnrDb).toBeGreaterThan(35);
      expect(weights.maxError).toBeGreaterThan(0);
    }
    expect(result.layers[0]!.weights.bytes.after).toBe(64 * 96 + 96 * 4);
    expect(result.outputs).toMatchObject([{ name: 'y', source: 'random' }]);
    expect(result.outputs[0]!.sqnrDb).toBeGreaterThan(30);
    expect(readFileSync(join(folder, 'mlp.onnx')).equals(original)).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['mlp.int8.onnx', 'mlp.onnx']);
  });

  it('follows the format options', async () => {
    const folder = mlpFolder();
    expect(formats(await quantize(folder, '--weights', 'uint4', '--granularity', 'block:32', '--no-run'))).toEqual(Array(2).fill('uint4 asym {"block":32}'));
    expect(formats(await quantize(folder, '--weights', 'int8', '--asymmetric', '--granularity', 'tensor', '--range', 'mse', '--no-run'))).toEqual(Array(2).fill('int8 asym "tensor"'));
    expect(formats(await quantize(folder, '--weights', 'uint8', '--symmetric', '--no-run'))).toEqual(Array(2).fill('uint8 sym "channel"'));
    expect((await quantize(folder, '--weights', 'float16', '--no-run', '-o', 'half.onnx')).layers.map(({ weights }) => weights.format)).toEqual(['float16', 'float16']);
    expect(existsSync(join(folder, 'half.onnx'))).toBe(true);
  });

  it('follows --layer, the later one where two match', async () => {
    const folder = mlpFolder();
    const result = await quantize(folder, '--layer', '**=int4,block:32', '--layer', '/head/**=float', '--no-run');
    expect(result.layers.map(({ weights }) => weights.format)).toEqual(['int4', 'float']);
    expect(result.output).toBe(join(folder, 'mlp.int4.onnx'));
    expect((await quantize(folder, '--layer', '/enc/fc1/MatMul=int4', '--no-run')).output).toBe(join(folder, 'mlp.quantized.onnx'));
  });

  it('copies the file byte for byte when nothing is to be quantized', async () => {
    const folder = mlpFolder();
    await quantize(folder, '--weights', 'float', '-o', 'copy.onnx');
    expect(readFileSync(join(folder, 'copy.onnx')).equals(readFileSync(join(folder, 'mlp.onnx')))).toBe(true);
  });

  it('uses the plan beside the model unless formats are given, and a named plan with them', async () => {
    const folder = mlpFolder();
    const text = '{ "version": 1, "layers": [{ "match": "/head/**", "weights": "float" }, { "match": "/gone/**", "weights": "float" }] }';
    writeFileSync(join(folder, 'mlp.nibble.json'), text);
    const beside = await runCli(['quantize', 'mlp.onnx', '--json', '--no-run'], folder);
    expect(beside.stderr).toBe(`note: using the plan mlp.nibble.json\nnote: mlp.nibble.json:1:${text.indexOf('"/gone') + 1}: No layer matches "/gone/**".\n`);
    expect((JSON.parse(beside.stdout) as Printed).layers.map(({ weights }) => weights.format)).toEqual(['int8', 'float']);
    expect((await quantize(folder, '--weights', 'int4', '--no-run')).layers.map(({ weights }) => weights.format)).toEqual(['int4', 'int4']);
    const named = await runCli(['quantize', 'mlp.onnx', '--json', '--no-run', '--plan', 'mlp.nibble.json', '--weights', 'int4'], folder);
    expect((JSON.parse(named.stdout) as Printed).layers.map(({ weights }) => weights.format)).toEqual(['int4', 'float']);
  });

  it('says before it begins what a plan does not have in common with the model, and has it in the JSON', async () => {
    const folder = mlpFolder();
    writeFileSync(join(folder, 'other.json'), '{ "version": 1,\n"model": { "file": "mlp.onnx", "sha256": "' + '0'.repeat(64) + '" },\n"dimensions": { "bach": 2 } }');
    const { code, stdout, stderr } = await runCli(['quantize', 'mlp.onnx', '--json', '--no-run', '--plan', 'other.json'], folder);
    const notes = ['other.json:2:42: mlp.onnx has changed since the plan was made.', 'other.json:3:17: mlp.onnx has no dimension "bach". It has "batch".'];
    expect({ code, stderr }).toEqual({ code: 0, stderr: notes.map((note) => `note: ${note}\n`).join('') });
    expect((JSON.parse(stdout) as { notes: readonly string[] }).notes).toEqual(notes);
  });

  it('tells once what is doubtful about the model, and refuses one that could never be loaded', async () => {
    const folder = oddFolder();
    const unsorted = await runCli(['quantize', 'unsorted.onnx', '--json', '--no-run'], folder);
    expect(unsorted.stderr).toBe("note: The node 'first' (Relu) reads 'h', which is made only after it.\n");
    expect((JSON.parse(unsorted.stdout) as { notes: readonly string[] }).notes).toHaveLength(1);
    const dangling = await runCli(['quantize', 'dangling.onnx', '-o', 'out.onnx'], folder);
    expect(dangling).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^error: .*dangling\.onnx could not be loaded by any runtime, .*reads 'nowhere'/) as string });
    expect(existsSync(join(folder, 'out.onnx'))).toBe(false);
  });

  it('names what it could not do', async () => {
    const { code, stdout, stderr } = await runCli(['quantize', 'mlp.onnx', '--weights', 'int2', '--no-run'], mlpFolder(17, true));
    expect(code).toBe(0);
    expect(stderr).toMatch(/^note: .*fc1.*2-bit codes need operator set 25/m);
    expect(stdout).toContain('float');
  });

  it('prints a table for people', async () => {
    const { code, stdout, stderr } = await runCli(['quantize', 'mlp.onnx', '--dim', 'batch=1'], mlpFolder());
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^\/enc\/fc1\/MatMul +int8 · channel +\d\d\.\d dB +0\.00\d+ +24\.6 kB +6\.53 kB$/m);
    expect(stdout).toMatch(/^Weights +36\.9 kB → 9\.\d+ kB \(3\.\d+×\)$/m);
    expect(stdout).toMatch(/^Output +y: \d\d\.\d dB.*\(\d+ random inputs\)$/m);
    expect(stdout).toMatch(/^Written .*mlp\.int8\.onnx$/m);
  });

  it.each([
    [['--weights', 'int5'], '"int5" is none of int8, uint8, int4'],
    [['--granularity', 'block:15'], 'block:N with N from 16 to 256'],
    [['--granularity', 'block:257'], 'block:N with N from 16 to 256'],
    [['--range', 'max'], 'is none of minmax, mse'],
    [['--symmetric', '--asymmetric'], 'cannot be used with'],
    [['--weights', 'float16', '--symmetric'], 'float16 has no range'],
    [['--layer', 'int4'], 'expected GLOB=FORMAT'],
    [['--layer', '/enc/**=int4,blok:32'], '"blok:32" in "/enc/**=int4,blok:32" is not understood'],
    [['--layer', '/enc/fc1/MatMull=int4'], 'did you mean "/enc/fc1/MatMul"?'],
    [['--dim', 'x=1'], 'has no dimension "x"'],
  ])('answers %j with exit code 2', async (args, message) => {
    const folder = mlpFolder();
    const { code, stdout, stderr } = await runCli(['quantize', 'mlp.onnx', ...args], folder);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(readdirSync(folder)).toEqual(['mlp.onnx']);
  });

  it.each([
    [['-o', 'mlp.onnx'], 'mlp.onnx'],
    [['-o', 'missing/out.onnx'], 'missing'],
    [['--plan', 'missing.json'], 'missing.json'],
    [['--samples', 'missing.npz'], 'missing.npz'],
    [['--samples', 'missing.npz', '--no-run'], 'missing.npz'],
    [['--samples', '.', '--no-run'], 'holds no samples'],
    [['--samples', 'mlp.onnx', '--no-run'], 'not a file of samples'],
  ])('fails on %j with exit code 1 and leaves nothing behind', async (args, message) => {
    const folder = mlpFolder();
    const { code, stdout, stderr } = await runCli(['quantize', 'mlp.onnx', ...args], folder);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error: .*\n$/);
    expect(stderr).toContain(message);
    expect(readdirSync(folder)).toEqual(['mlp.onnx']);
  });

  it('tells where a plan is wrong', async () => {
    const folder = mlpFolder();
    writeFileSync(join(folder, 'mlp.nibble.json'), '{\n  "version": 1,\n  "layers": [{ "match": "a", "weights": "int9" }]\n}');
    const { code, stderr } = await runCli(['quantize', 'mlp.onnx'], folder);
    expect(code).toBe(1);
    expect(stderr).toContain('mlp.nibble.json:3:41: "weights" must be "float", "float16" or an object');
  });

  it('leaves nothing behind when it is interrupted', async () => {
    const folder = largeFolder(2 ** 30);
    const before = readdirSync(folder);
    const { child, result } = startCli(['quantize', 'large.onnx', '--range', 'mse', '--no-run'], folder);
    // The work has begun when something new grows in the folder.
    while (readdirSync(folder).length === before.length && child.exitCode === null) await setTimeout(5);
    const pressed = performance.now();
    child.kill('SIGINT');
    const { code, stdout, stderr } = await result;
    expect({ code, stdout, stderr }).toEqual({ code: 130, stdout: '', stderr: 'error: Interrupted. Nothing was written.\n' });
    expect(performance.now() - pressed).toBeLessThan(5_000);
    expect(readdirSync(folder)).toEqual(before);
  });

  it('leaves nothing behind when it has to end at once', async () => {
    const folder = largeFolder(2 ** 30);
    const before = readdirSync(folder);
    const { child, result } = startCli(['quantize', 'large.onnx', '--range', 'mse', '--no-run'], folder);
    while (readdirSync(folder).length === before.length && child.exitCode === null) await setTimeout(5);
    // Two of one kind that arrive together are one.
    child.kill('SIGINT');
    child.kill('SIGTERM');
    expect((await result).code).toBe(130);
    expect(readdirSync(folder)).toEqual(before);
  });
});
