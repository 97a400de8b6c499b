import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ModelFile } from '../../../src/jobs/modelFile';
import type { ReportFormat } from '../../../src/jobs/report/records';
import { renderReport } from '../../../src/jobs/report/render';
import type { Report, ReportedQuantization } from '../../../src/jobs/report/records';
import { makeReport } from '../../../src/jobs/report/report';
import { buildModel, floatTensor, graph, node, valueInfo } from '../../support/onnxBuilder';
import { tempFolder } from '../../support/tempFolder';

/** Names that try to leave the cell that they stand in. */
export const HOSTILE_NAMES = ['<img src=x onerror="document.title=1">', '"><script>document.title=2</script>', '\u202egnp.exe|`x`', '</title></style><h1>', "it's &amp; | \\", 'x'.repeat(3_000)] as const;

/** A chain of operators with these names, some of them with weights. */
export function chainModel(names: readonly string[]): Uint8Array {
  const square = floatTensor('w<b>', [8, 8], new Array<number>(64).fill(0.5));
  return buildModel({
    producerName: '<b>producer</b>',
    graph: graph({
      nodes: names.map((name, index) => node(index % 2 === 0 ? 'MatMul' : 'Relu', index % 2 === 0 ? [`v${String(index)}`, 'w<b>'] : [`v${String(index)}`], [`v${String(index + 1)}`], { name })),
      initializers: [square],
      inputs: [valueInfo('v0', 'float', ['batch', 8])],
      outputs: [valueInfo(`v${String(names.length)}`, 'float', null)],
    }),
  });
}

export async function reportOf(bytes: Uint8Array, quantization: Partial<ReportedQuantization> = {}): Promise<Report> {
  const path = join(tempFolder(), 'model.onnx');
  writeFileSync(path, bytes);
  const file = ModelFile.open(path, {}, { batchOfOne: true });
  try {
    return await makeReport(file, { assessment: null, result: null, ...quantization }, new AbortController().signal);
  } finally {
    file.close();
  }
}

export async function rendered(bytes: Uint8Array, format: ReportFormat): Promise<string> {
  return renderReport(await reportOf(bytes), format);
}
