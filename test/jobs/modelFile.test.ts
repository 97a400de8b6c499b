import { expect, it, onTestFinished } from 'vitest';
import { ModelFile } from '../../src/jobs/modelFile';
import { buildModel, externalTensor, graph, node, valueInfo } from '../support/onnxBuilder';
import { modelFile } from '../support/quantizing';

it('opens without its data file and says in the notes that it is missing', () => {
  const path = modelFile(
    buildModel({
      graph: graph({
        nodes: [node('MatMul', ['x', 'w'], ['y'])],
        initializers: [externalTensor('w', 'float', [4, 4], { location: 'weights.bin' })],
        inputs: [valueInfo('x', 'float', [1, 4])],
        outputs: [valueInfo('y', 'float', [1, 4])],
      }),
    }),
  );
  const model = ModelFile.open(path);
  onTestFinished(() => { model.source.close(); });
  expect(model.analysis.layers).toHaveLength(1);
  expect(model.analysis.model.notes).toEqual([expect.stringContaining("keeps the tensor 'w' in 'weights.bin', but that file is not there. Put the complete file next to the model.")]);
  expect(model.analysis.model.missingData).toEqual(model.analysis.model.notes);
});
