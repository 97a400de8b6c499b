import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditReport } from '../../src/audit/finding';
import { RULES } from '../../src/audit/table';
import { qdqModel } from '../audit/support';
import { buildModel } from '../support/onnxBuilder';
import { tempFolder } from '../support/tempFolder';
import { runCli } from './runCli';

const LAYER = 'layer \u202e"<b>';

let folder: string;
beforeEach(() => {
  folder = tempFolder();
  const good = qdqModel();
  const bad = qdqModel({ weight: { type: 'int8', axis: 1, scale: [0.01, 0.02, 0.03, 0.04], codes: Array<number>(144).fill(100) } });
  const rename = (model: typeof bad): typeof bad => ({ ...model, graph: { ...model.graph, node: model.graph.node!.map((each) => (each.name === 'layer' ? { ...each, name: LAYER } : each)) } });
  writeFileSync(join(folder, 'good.onnx'), buildModel(good));
  writeFileSync(join(folder, 'bad.onnx'), buildModel(rename(bad)));
  writeFileSync(join(folder, 'warned.onnx'), buildModel(qdqModel({ weight: { type: 'int8', scale: 0.01, codes: Array<number>(144).fill(100) } })));
});

it('groups findings by rule, and fails when there is an error', async () => {
  expect(await runCli(['audit', 'good.onnx'], folder)).toEqual({ code: 0, stdout: 'No findings.\n', stderr: '' });
  const { code, stdout, stderr } = await runCli(['audit', 'bad.onnx'], folder);
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  expect(stdout).toMatch(/^error: Scales along the wrong axis \(channel-axis\)\n {2}layer \\u\{202e\}"<b>: The scales of "w_codes" run along axis 1; /);
  expect(stdout).toMatch(/\n {2}→ onnxruntime computes .*\n {2}Remedy: .*\n\nwarning: Sums that can saturate/);
  expect(stdout).toMatch(/\n\n1 error, 1 warning, 0 notes\n$/);
});

it.each([
  ['warned.onnx', [], 0],
  ['warned.onnx', ['--fail-on', 'warning'], 1],
  ['warned.onnx', ['--fail-on', 'note'], 1],
  ['good.onnx', ['--fail-on', 'note'], 0],
  ['bad.onnx', ['--fail-on', 'never'], 0],
  ['bad.onnx', ['--fail-on', 'severe'], 2],
  ['bad.onnx', ['--json', '--sarif', 'x.sarif'], 2],
  ['missing.onnx', [], 1],
] as const)('audit %s with %j ends with %i', async (file, options, code) => {
  expect((await runCli(['audit', file, ...options], folder)).code).toBe(code);
});

it('compares with the float model', async () => {
  const { stdout } = await runCli(['audit', 'good.onnx', '--against', 'good.onnx'], folder);
  expect(stdout).toContain('larger-than-original');
  expect((await runCli(['audit', 'good.onnx', '--against', 'missing.onnx'], folder)).code).toBe(1);
});

it('writes a repaired copy', async () => {
  writeFileSync(join(folder, 'old.onnx'), buildModel(qdqModel({ opset: 12, weight: { type: 'int8', axis: 0, scale: [0.01, 0.02, 0.03, 0.04] } })));
  expect((await runCli(['audit', 'old.onnx'], folder)).stdout).toContain('  --repair FILE: Use the operator of com.microsoft');
  const { code, stderr } = await runCli(['audit', 'old.onnx', '--repair', 'new.onnx'], folder);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^Written: .*new\.onnx, without 1 finding; 0 left\.\n$/);
  expect(await runCli(['audit', 'new.onnx'], folder)).toEqual({ code: 0, stdout: 'No findings.\n', stderr: '' });
  expect((await runCli(['audit', 'good.onnx', '--repair', 'none.onnx'], folder)).code).toBe(1);
});

it('prints every field as JSON', async () => {
  const { code, stdout } = await runCli(['audit', 'bad.onnx', '--json'], folder);
  const report = JSON.parse(stdout) as AuditReport;
  expect(code).toBe(1);
  expect(report).toMatchObject({ file: 'bad.onnx', notes: [] });
  expect(report.findings[0]).toEqual({
    rule: 'channel-axis', severity: 'error', node: LAYER, tensor: 'w_codes', fix: null,
    reason: expect.any(String) as string, consequence: expect.any(String) as string, remedy: expect.any(String) as string,
  });
});

describe('SARIF', () => {
  interface Result { readonly ruleId: string; readonly ruleIndex: number; readonly level: string; readonly partialFingerprints: Readonly<Record<string, string>> }
  interface Log { readonly runs: readonly { readonly results: readonly Result[]; readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } } }[] }

  const text = { type: 'object', required: ['text'], properties: { text: { type: 'string', minLength: 1 } } } as const;
  const artifact = { type: 'object', required: ['uri'], properties: { uri: { type: 'string', pattern: '^(file:///|[^/\\\\ ]+$)' }, uriBaseId: { type: 'string' }, index: { type: 'integer' } }, additionalProperties: false } as const;
  /** What the standard requires of the parts that are used, and what code scanning requires beyond it. */
  const schema = {
    type: 'object',
    required: ['version', 'runs'],
    properties: {
      version: { const: '2.1.0' },
      runs: {
        type: 'array', minItems: 1, maxItems: 1,
        items: {
          type: 'object',
          required: ['tool', 'results'],
          properties: {
            tool: { type: 'object', required: ['driver'], properties: { driver: { type: 'object', required: ['name', 'rules'], properties: { rules: { type: 'array', items: { type: 'object', required: ['id', 'shortDescription', 'fullDescription', 'help', 'defaultConfiguration'], properties: { shortDescription: text, fullDescription: text, help: text, defaultConfiguration: { type: 'object', properties: { level: { enum: ['none', 'note', 'warning', 'error'] } } } } } } } } } },
            results: {
              type: 'array',
              items: {
                type: 'object',
                required: ['ruleId', 'message', 'locations', 'partialFingerprints'],
                properties: {
                  level: { enum: ['none', 'note', 'warning', 'error'] },
                  message: text,
                  partialFingerprints: { type: 'object', minProperties: 1, additionalProperties: { type: 'string' } },
                  locations: { type: 'array', minItems: 1, items: { type: 'object', required: ['physicalLocation'], properties: { physicalLocation: { type: 'object', required: ['artifactLocation', 'region'], properties: { artifactLocation: artifact, region: { type: 'object', required: ['startLine'] } } }, logicalLocations: { type: 'array', items: { type: 'object', properties: { name: { type: 'string' }, fullyQualifiedName: { type: 'string' } } } } } } },
                },
              },
            },
          },
        },
      },
    },
  } as const;

  const read = async (file: string): Promise<Log> => {
    await runCli(['audit', file, '--sarif', 'out.sarif'], folder);
    const log = JSON.parse(readFileSync(join(folder, 'out.sarif'), 'utf8')) as Log;
    const validate = new Ajv({ strict: false }).compile(schema);
    expect(validate(log) ? [] : validate.errors).toEqual([]);
    return log;
  };

  it('holds every finding, with its rule and its layer', async () => {
    const { runs } = await read('bad.onnx');
    const { results, tool } = runs[0]!;
    expect(tool.driver.rules.map(({ id }) => id)).toEqual(RULES.map(({ id }) => id));
    expect(results.map(({ ruleId, level }) => [ruleId, level])).toEqual([['channel-axis', 'error'], ['saturation', 'warning']]);
    for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex]!.id).toBe(ruleId);
    expect(results[0]).toMatchObject({ locations: [{ physicalLocation: { artifactLocation: { uri: 'bad.onnx', uriBaseId: '%SRCROOT%' } }, logicalLocations: [{ fullyQualifiedName: LAYER }] }] });
  });

  it('keeps its fingerprints while the findings stay, and has none twice', async () => {
    const prints = async (): Promise<readonly string[]> => (await read('bad.onnx')).runs[0]!.results.flatMap(({ partialFingerprints }) => Object.values(partialFingerprints));
    const first = await prints();
    expect(new Set(first).size).toBe(first.length);
    expect(await prints()).toEqual(first);
    const other = (await read('warned.onnx')).runs[0]!.results.flatMap(({ partialFingerprints }) => Object.values(partialFingerprints));
    expect(first).not.toContain(other[0]);
  });

  it('is valid without findings, and can be printed', async () => {
    expect((await read('good.onnx')).runs[0]!.results).toEqual([]);
    const { stdout, code } = await runCli(['audit', 'bad.onnx', '--sarif', '-'], folder);
    expect(code).toBe(1);
    expect((JSON.parse(stdout) as Log).runs[0]!.results).toHaveLength(2);
  });

  it('says where it could not be written', async () => {
    const { code, stderr } = await runCli(['audit', 'good.onnx', '--sarif', 'no/such/folder.sarif'], folder);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('does not exist') as string });
  });
});
