import { describe, expect, it } from 'vitest';
import type { onnx } from 'onnx-proto';
import { analyzeMemory } from '../../../src/graph/analysis';
import type { MemoryProfile } from '../../../src/graph/memory/memoryProfile';
import { readModel } from '../../../src/onnx/readModel';
import { loadBytes } from '../../../src/onnx/tensorData';
import { memorySiblings, memorySource } from '../../support/memorySource';
import { quantizedConvolution } from '../../support/models/quantized';
import type { GraphParts } from '../../support/onnxBuilder';
import { buildModel, constant, graph, graphAttribute, int, int64Tensor, node, rawTensor, valueInfo } from '../../support/onnxBuilder';

function profileOf(parts: GraphParts): MemoryProfile {
  const source = memorySource(buildModel({ graph: graph(parts) }));
  return analyzeMemory(readModel(source), { readBytes: (tensor) => loadBytes(tensor, { source, siblings: memorySiblings() }) });
}

const body = (parts: GraphParts): onnx.IAttributeProto => graphAttribute(graph(parts));
const floatInput = (name: string, ...shape: number[]): onnx.IValueInfoProto => valueInfo(name, 'float', shape);
const output = (name: string): onnx.IValueInfoProto => valueInfo(name, 'float', null);

describe('memory of an If', () => {
  const branches = {
    then_branch: body({ nodes: [node('Relu', ['x'], ['t'])], outputs: [output('t')] }),
    else_branch: body({ nodes: [node('Relu', ['x'], ['a']), node('Neg', ['a'], ['b']), node('Abs', ['b'], ['e'])], outputs: [output('e')] }),
  };

  it('adds what one branch needs to what lives around it, and hands its result over', () => {
    const { separate, inPlace } = profileOf({
      nodes: [node('If', ['c'], ['y'], { attributes: branches }), node('Neg', ['y'], ['z'])],
      inputs: [floatInput('x', 100), valueInfo('c', 'bool', [])],
      outputs: [output('z')],
    });
    // Rows: the If, then its one, else its three, and Neg. x and the condition live until the If ends; t is gone when the other branch runs.
    expect(separate.timeline).toEqual([401, 801, 801, 1201, 1201, 800]);
    // Neg and Abs of the branch work in place, but not Relu: x is the model's. The result may be overwritten by Neg after the If.
    expect(inPlace.timeline).toEqual([401, 801, 801, 801, 801, 400]);
  });

  it('counts the branch that a constant condition selects', () => {
    const { separate } = profileOf({
      nodes: [node('If', ['c'], ['y'], { attributes: branches })],
      initializers: [rawTensor('c', 'bool', [], Uint8Array.of(1))],
      inputs: [floatInput('x', 100)],
      outputs: [output('y')],
    });
    expect(separate.timeline).toEqual([400, 800, 400, 400, 400]);
    expect(separate.peak).toBe(800);
  });

  it('copies what a branch only passes on', () => {
    const { separate } = profileOf({
      nodes: [node('If', ['c'], ['y'], { attributes: { then_branch: body({ nodes: [node('Identity', ['x'], ['t'])], outputs: [output('t')] }), else_branch: body({ nodes: [node('Neg', ['x'], ['e'])], outputs: [output('e')] }) } })],
      inputs: [floatInput('x', 100), valueInfo('c', 'bool', [])],
      outputs: [output('y')],
    });
    // While Neg runs: x, the condition, its own result, and the place where a copy of x would go.
    expect(separate.timeline).toEqual([401, 401, 1201]);
  });

  it('does not let a branch overwrite what lies outside', () => {
    const { inPlace } = profileOf({
      nodes: [
        node('Neg', ['x'], ['n']),
        node('If', ['c'], ['y'], { attributes: { then_branch: body({ nodes: [node('Relu', ['n'], ['t'])], outputs: [output('t')] }), else_branch: body({ nodes: [node('Abs', ['n'], ['e'])], outputs: [output('e')] }) } }),
      ],
      inputs: [floatInput('x', 10), valueInfo('c', 'bool', [])],
      outputs: [output('y')],
    });
    expect(inPlace.timeline).toEqual([81, 41, 81, 81]);
  });
});

describe('memory of a Loop', () => {
  const loop = (nodes: readonly onnx.INodeProto[], outputs: readonly string[]): onnx.INodeProto[] => [
    constant('n', int64Tensor('', [], [5])),
    node('Loop', ['n', '', 'x'], outputs, { attributes: { body: body({ nodes: [...nodes, node('Identity', ['go'], ['on'])], inputs: [valueInfo('i', 'int64', []), valueInfo('go', 'bool', []), floatInput('s', 10)], outputs: [valueInfo('on', 'bool', []), output('s2'), ...(outputs.length > 1 ? [output('slice')] : [])] }) } }),
  ];

  it('holds the state before and after an iteration beside what it started from', () => {
    const { separate } = profileOf({
      nodes: [...loop([node('Neg', ['s'], ['a']), node('Add', ['a', 'x'], ['s2'])], ['y']), node('Relu', ['y'], ['z'])],
      inputs: [floatInput('x', 10)],
      outputs: [output('z')],
    });
    // Loop: x. Neg: x, s, a. Add: x, a, s2. Identity of the condition: x, s2. Relu: y, which s2 has become, and z.
    expect(separate.timeline).toEqual([40, 120, 120, 80, 80]);
  });

  it('collects slices from the first iteration on', () => {
    const { separate } = profileOf({
      nodes: loop([node('Neg', ['s'], ['s2']), node('Abs', ['s2'], ['slice'])], ['y', 'all']),
      inputs: [floatInput('x', 10)],
      outputs: [output('y'), output('all')],
    });
    // 5 slices of 10 values are there from the start: 200 bytes.
    expect(separate.timeline).toEqual([240, 320, 320, 320]);
    expect(separate.peak).toBe(320);
  });

  it('keeps state that no iteration changes where it is', () => {
    const { separate } = profileOf({
      nodes: [constant('n', int64Tensor('', [], [5])), node('Loop', ['n', '', 'x'], ['y'], { attributes: { body: body({ nodes: [node('Identity', ['go'], ['on'])], inputs: [valueInfo('i', 'int64', []), valueInfo('go', 'bool', []), floatInput('s', 10)], outputs: [valueInfo('on', 'bool', []), output('s')] }) } })],
      inputs: [floatInput('x', 10)],
      outputs: [output('y')],
    });
    expect(separate.timeline).toEqual([40, 40]);
  });
});

describe('memory of a Scan', () => {
  it('reads slices where they are and collects its results', () => {
    const { separate, unknown } = profileOf({
      nodes: [node('Scan', ['state', 'x'], ['last', 'all'], { attributes: { num_scan_inputs: int(1), body: body({ nodes: [node('Add', ['s', 'slice'], ['s2']), node('Abs', ['s2'], ['part'])], inputs: [floatInput('s', 3), floatInput('slice', 3)], outputs: [output('s2'), output('part')] }) } })],
      inputs: [floatInput('state', 3), floatInput('x', 7, 3)],
      outputs: [output('last'), output('all')],
    });
    // 12 bytes of state, 84 scanned and 84 collected; inside the state before, after, and one result.
    expect(separate.timeline).toEqual([180, 180 + 24, 180 + 24]);
    expect(unknown).toBe(0);
  });
});

describe('memory of a layer with operators that serve it', () => {
  it('is the most that any of them sees, and leaves out what they make of constants', () => {
    const { separate, eightBit, lowerBound, peakTensors } = profileOf(quantizedConvolution);
    // x 512, its codes 128, and floats again 512; y 256, its codes 64, and the output 256. The dequantized weights are no activation.
    expect(separate).toEqual({ sum: 1728, peak: 768, peakLayer: 0, timeline: [768] });
    expect(lowerBound).toBe(768);
    expect(peakTensors.map(({ name, bytes, layer, from, to }) => [name, bytes, layer, from, to])).toEqual([['xd', 512, 0, 0, 0], ['y', 256, 0, 0, 0]]);
    // Codes are a byte each already: x as one byte each and its codes are the most then.
    expect(eightBit.peak).toBe(256);
  });
});

describe('memory when the structure is odd', () => {
  it('counts nothing for sizes that are not known, and says how many', () => {
    const { separate, unknown } = profileOf({ nodes: [node('Relu', ['x'], ['y']), node('Fancy', ['y'], ['z'])], inputs: [valueInfo('x', 'float', ['batch', 3])], outputs: [output('z')] });
    expect({ unknown, sum: separate.sum, timeline: separate.timeline }).toEqual({ unknown: 3, sum: 0, timeline: [0, 0] });
  });

  it('is empty for a model without operators', () => {
    expect(profileOf({ inputs: [floatInput('x', 2)], outputs: [output('x')] })).toMatchObject({ inputBytes: 8, separate: { sum: 8, peak: 0, timeline: [] }, lowerBound: 0 });
  });

  it('makes 8-bit codes of floats only', () => {
    const { eightBit, separate } = profileOf({ nodes: [node('Gather', ['x', 'ids'], ['y'])], inputs: [valueInfo('x', 'float16', [6]), valueInfo('ids', 'int64', [2])], outputs: [output('y')] });
    expect(separate.peak).toBe(12 + 16 + 4);
    expect(eightBit.peak).toBe(6 + 16 + 2);
  });
});
