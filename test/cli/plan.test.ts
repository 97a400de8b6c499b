import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readPlan } from '../../src/plan/parsePlan';
import { mlpFolder, oddFolder } from './models';
import { runCli } from './runCli';

it('makes a plan that passes its own check, and does not replace one', async () => {
  const folder = mlpFolder();
  const file = join(folder, 'mlp.nibble.json');
  expect(await runCli(['plan', 'init', 'mlp.onnx', '--weights', 'int4', '--granularity', 'block:32'], folder)).toEqual({ code: 0, stdout: 'mlp.nibble.json\n', stderr: '' });
  const text = readFileSync(file, 'utf8');
  expect(readPlan(text, file)).toEqual({ version: 1, model: { file: 'mlp.onnx' }, target: 'onnxruntime-cpu', default: { weights: { bits: 4, symmetric: true, signed: true, granularity: { block: 32 } } }, layers: [] });
  expect(await runCli(['plan', 'check', 'mlp.onnx'], folder)).toEqual({ code: 0, stdout: 'mlp.nibble.json: the plan is fine.\n', stderr: '' });

  const again = await runCli(['plan', 'init', 'mlp.onnx'], folder);
  expect(again).toEqual({ code: 1, stdout: '', stderr: 'error: mlp.nibble.json is there already. Use --force to replace it.\n' });
  expect(readFileSync(file, 'utf8')).toBe(text);
  expect((await runCli(['plan', 'init', 'mlp.onnx', '--force'], folder)).code).toBe(0);
  expect(readPlan(readFileSync(file, 'utf8'), file).default).toEqual({ weights: { bits: 8, symmetric: true, granularity: 'channel' } });
});

it.each(['check', 'show'])('%s says how to make a plan where there is none', async (command) => {
  expect(await runCli(['plan', command, 'mlp.onnx'], mlpFolder())).toEqual({
    code: 1, stdout: '', stderr: 'error: mlp.onnx has no plan: mlp.nibble.json does not exist. Make one with "nibble plan init mlp.onnx", or name another one with --plan.\n',
  });
});

it('makes no plan for what is not a model', async () => {
  expect(await runCli(['plan', 'init', 'missing.onnx'], mlpFolder())).toMatchObject({ code: 1, stdout: '' });
});

it('checks form and names, with places', async () => {
  const folder = mlpFolder();
  writeFileSync(join(folder, 'mlp.nibble.json'), '{\n  "version": 1,\n  "layers": [\n    { "match": "/enc/fc2/MatMul", "weights": "float" },\n    { "match": "/enc", "weights": { "bits": 2 } }\n  ]\n}\n');
  expect(await runCli(['plan', 'check', 'mlp.onnx'], folder)).toEqual({
    code: 1,
    stdout: '',
    stderr: 'mlp.nibble.json:4:16: warning: No layer matches "/enc/fc2/MatMul"; did you mean "/enc/fc1/MatMul"?\nmlp.nibble.json:5:16: warning: No layer matches "/enc"; did you mean "/enc/**"?\n',
  });

  writeFileSync(join(folder, 'mlp.nibble.json'), '{ "version": 1, "layers": [{ "match": "/enc/**", "weights": { "bits": 3 } }] }');
  const json = await runCli(['plan', 'check', 'mlp.onnx', '--json'], folder);
  expect(json.code).toBe(1);
  expect(JSON.parse(json.stdout)).toEqual({ plan: 'mlp.nibble.json', problems: [{ severity: 'error', line: 1, column: 71, message: '"bits" must be 2, 4, 8 or 16.' }], notes: [] });
});

it('notices another model than the one that the plan was made for', async () => {
  const folder = mlpFolder();
  const plan = (model: object): void => { writeFileSync(join(folder, 'mlp.nibble.json'), JSON.stringify({ version: 1, model })); };
  plan({ file: 'other.onnx' });
  expect(await runCli(['plan', 'check', 'mlp.onnx'], folder)).toEqual({ code: 1, stdout: '', stderr: 'mlp.nibble.json:1:30: warning: The plan was made for other.onnx, not for mlp.onnx.\n' });
  plan({ file: 'mlp.onnx', sha256: '0'.repeat(64) });
  expect((await runCli(['plan', 'check', 'mlp.onnx'], folder)).stderr).toContain('mlp.onnx has changed since the plan was made.');
  plan({ file: 'mlp.onnx', sha256: createHash('sha256').update(readFileSync(join(folder, 'mlp.onnx'))).digest('hex') });
  expect((await runCli(['plan', 'check', 'mlp.onnx'], folder)).code).toBe(0);
});

it('notes what stays float, as quantizing decides it', async () => {
  const check = async (folder: string): Promise<object> => {
    writeFileSync(join(folder, 'mine.json'), '{ "version": 1, "default": { "weights": { "bits": 2 } } }');
    const { code, stderr } = await runCli(['plan', 'check', 'mlp.onnx', '--plan', 'mine.json'], folder);
    return { code, stderr };
  };
  expect(await check(mlpFolder(17))).toEqual({ code: 0, stderr: '' });
  const fixed = await check(mlpFolder(17, true));
  expect(fixed).toEqual({ code: 0, stderr: expect.stringMatching(/^mine\.json: note: "\/enc\/fc1\/MatMul" and 1 other layer will stay float: 2-bit codes need operator set 25, and the model has 17, which cannot be raised: .*GridSample.*\n$/) as unknown });
});

it('notices dimensions that the model does not have, and takes others from the command line', async () => {
  const folder = mlpFolder();
  writeFileSync(join(folder, 'mlp.nibble.json'), '{ "version": 1, "dimensions": { "batch": 2, "bach": 4, "time": 1 } }');
  expect(await runCli(['plan', 'check', 'mlp.onnx'], folder)).toEqual({
    code: 1,
    stdout: '',
    stderr: 'mlp.nibble.json:1:45: warning: mlp.onnx has no dimension "bach". It has "batch".\nmlp.nibble.json:1:56: warning: mlp.onnx has no dimension "time". It has "batch".\n',
  });
  for (const command of ['check', 'show']) {
    expect(await runCli(['plan', command, 'mlp.onnx', '--dim', 'time=3'], folder)).toEqual({ code: 2, stdout: '', stderr: 'error: --dim: mlp.onnx has no dimension "time". It has "batch".\n' });
  }
  expect((await runCli(['plan', 'show', 'mlp.onnx', '--dim', 'batch=3'], folder)).code).toBe(0);
});

it('tells of tensors that layers share under differing rules', async () => {
  const folder = oddFolder();
  writeFileSync(join(folder, 'tied.nibble.json'), '{ "version": 1, "layers": [{ "match": "/a/**", "weights": { "bits": 4 } }] }');
  const sentence = '"w" is shared by /a/MatMul and /b/MatMul, which ask for different formats; the most precise one, int8 · channel, is used';
  expect(await runCli(['plan', 'check', 'tied.onnx'], folder)).toEqual({ code: 0, stdout: 'tied.nibble.json: the plan is fine.\n', stderr: `tied.nibble.json: note: ${sentence}.\n` });
  const table = await runCli(['plan', 'show', 'tied.onnx'], folder);
  expect(table.stdout).toContain(`int4 · channel  /a/**    ${sentence}`);
  expect(table.stdout).toMatch(/^\/b\/MatMul +int8 · channel +default *$/m);
  const json = await runCli(['plan', 'show', 'tied.onnx', '--json'], folder);
  expect(JSON.parse(json.stdout)).toMatchObject({ layers: [{ name: '/a/MatMul', shared: sentence }, { name: '/b/MatMul', shared: '' }] });
});

it('shows what each layer gets and which rule decides', async () => {
  const folder = mlpFolder();
  writeFileSync(join(folder, 'mlp.nibble.json'), '{ "version": 1, "layers": [{ "match": "/enc/**", "weights": { "bits": 4, "granularity": { "block": 32 } } }] }');
  const table = await runCli(['plan', 'show', 'mlp.onnx'], folder);
  expect(table).toMatchObject({ code: 0, stderr: '' });
  expect(table.stdout).toMatch(/^\/enc\/fc1\/MatMul +int4 · block 32 +\/enc\/\*\*$/m);
  expect(table.stdout).toMatch(/^\/head\/fc2\/MatMul +int8 · channel +default$/m);
  const json = await runCli(['plan', 'show', 'mlp.onnx', '--json'], folder);
  expect(JSON.parse(json.stdout)).toMatchObject({ layers: [{ name: '/enc/fc1/MatMul', scheme: { kind: 'integer', bits: 4 }, rule: '/enc/**', refusal: '' }, { name: '/head/fc2/MatMul', rule: 'default' }] });
  expect((await runCli(['plan', 'show', 'mlp.onnx', '--csv'], folder)).stdout.split('\r\n')[0]).toBe('name,scheme,rule,refusal,shared');
  expect((await runCli(['plan', 'show', 'mlp.onnx', '--plan', 'missing.json'], folder)).code).toBe(1);
});

it.skipIf(process.platform === 'win32')('reads plans from files only: a pipe would wait for ever, a device may have no end', async () => {
  const folder = mlpFolder();
  for (const command of [['plan', 'check', 'mlp.onnx'], ['quantize', 'mlp.onnx']]) {
    const { code, stderr } = await runCli([...command, '--plan', '/dev/zero'], folder);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('/dev/zero is not a regular file') as string });
  }
});
