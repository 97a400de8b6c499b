import { expect, it } from 'vitest';
import { readModel } from '../../src/onnx/readModel';
import { memorySource } from '../support/memorySource';
import { quantizedModels } from '../support/quantizedModels';
import { auditBytes } from './support';

it('finds no errors in what the quantizers of onnxruntime and NNCF write', async () => {
  const found: Record<string, readonly string[]> = {};
  for (const bytes of quantizedModels()) {
    const { tool, variant, original } = Object.fromEntries(readModel(memorySource(bytes)).metadata) as Readonly<Record<string, string>>;
    const bad = (await auditBytes(bytes)).filter(({ finding: { severity, rule } }) => severity === 'error' || rule === 'unpaired' || rule === 'lowest-code');
    found[`${original!}: ${tool!} ${variant!}`] = bad.map(({ finding }) => `${finding.rule} ${finding.node!}: ${finding.reason}`);
  }
  expect(Object.keys(found).length).toBeGreaterThan(20);
  expect(Object.entries(found).filter(([, bad]) => bad.length > 0)).toEqual([]);
});
