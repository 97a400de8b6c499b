import fc from 'fast-check';
import { expect, test } from 'vitest';
import { insertNodesBefore, removeTensor } from '../../src/onnx/edits';
import { textField } from '../../src/onnx/pieces';
import { readModel } from '../../src/onnx/readModel';
import { planSplice } from '../../src/onnx/splice';
import type { MessageEdit } from '../../src/onnx/splice';
import { decodePlain, modelBytes } from '../support/arbitraryModel';
import { assemble } from '../support/assemble';
import { disguise } from '../support/disguise';
import { fromProto, fromRecords, nodeFromProto, nodeFromRecord } from '../support/plainModel';
import { buildModel, graph, node } from '../support/onnxBuilder';
import { memorySiblings, memorySource } from '../support/memorySource';

/** A model as it reads, compared without its places in the file. */
function readPlain(bytes: Uint8Array): unknown {
  const files = { source: memorySource(bytes), siblings: memorySiblings() };
  const model = readModel(files.source);
  return { graph: fromRecords(model.graph, files), functions: model.functions.map((definition) => definition.nodes.map((call) => nodeFromRecord(call, files))), opsets: model.opsets };
}

test('a skim reads what a full decode reads', () => {
  fc.assert(
    fc.property(modelBytes, (bytes) => {
      const proto = decodePlain(bytes);
      expect(readPlain(bytes)).toEqual({
        graph: fromProto(proto.graph!),
        functions: (proto.functions ?? []).map((definition) => (definition.node ?? []).map(nodeFromProto)),
        opsets: new Map((proto.opsetImport ?? []).map(({ domain, version }) => [domain, version])),
      });
    }),
    { seed: 7, numRuns: 300, endOnFailure: true },
  );
});

test('other encodings of the same content read the same', () => {
  fc.assert(
    fc.property(modelBytes, fc.infiniteStream(fc.nat(0xffff)), (bytes, numbers) => {
      const disguised = disguise(bytes, (below) => (numbers.next().value as number) % below);
      expect(readPlain(disguised)).toEqual(readPlain(bytes));
    }),
    { seed: 7, numRuns: 200, endOnFailure: true },
  );
});

test('any file stays identical, also when every message is visited', () => {
  fc.assert(
    fc.property(modelBytes, (bytes) => {
      const visitAll = readModel(memorySource(bytes)).graph.nodes.map(({ span }): MessageEdit => ({ span, append: [] }));
      expect(assemble(planSplice(memorySource(bytes), visitAll), bytes)).toEqual(bytes);
    }),
    { seed: 7, numRuns: 200, endOnFailure: true },
  );
});

test('random edits do to the file what they do to the decoded message', () => {
  fc.assert(
    fc.property(modelBytes, fc.infiniteStream(fc.nat(3)), (bytes, choices) => {
      const model = readModel(memorySource(bytes));
      const expected = decodePlain(bytes);
      const pick = (): number => choices.next().value as number;
      const edits: MessageEdit[] = [];
      const nodes = expected.graph!.node!;
      const keptNodes: typeof nodes = [];
      model.graph.nodes.forEach((original, index) => {
        const decoded = nodes[index]!;
        const choice = pick();
        if (choice === 1) {
          edits.push({ span: original.span, remove: true });
          return;
        }
        if (choice === 2) {
          edits.push({ span: original.span, replace: new Map([[1, [...textField(1, 'p'), ...textField(1, 'q')]]]) });
          decoded.input = ['p', 'q'];
        }
        if (choice === 3) {
          edits.push(insertNodesBefore(model.graph, original, [{ op: 'Relu', name: 'r', inputs: ['m'], outputs: ['n'] }]));
          keptNodes.push(decodePlain(buildModel({ graph: graph({ nodes: [node('Relu', ['m'], ['n'], { name: 'r' })] }) })).graph!.node![0]!);
        }
        keptNodes.push(decoded);
      });
      expected.graph!.node = keptNodes;
      const tensors = expected.graph!.initializer!;
      expected.graph!.initializer = tensors.filter((_, index) => {
        if (pick() !== 1) return true;
        edits.push(removeTensor(model.graph.initializers[index]!));
        return false;
      });
      expect(decodePlain(assemble(planSplice(memorySource(bytes), edits), bytes))).toEqual(expected);
    }),
    { seed: 7, numRuns: 200, endOnFailure: true },
  );
});
