import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { ModelAnalysis } from '../../src/graph/analysis';
import { analyzeModel } from '../../src/graph/analysis';
import { NibbleError } from '../../src/errors';
import type { Layer, ShapeDim } from '../../src/graph/layer';
import type { Model } from '../../src/onnx/model';
import { readModel } from '../../src/onnx/readModel';
import { loadBytes } from '../../src/onnx/tensorData';
import { memorySiblings, memorySource } from '../support/memorySource';

type Dimensions = Readonly<Record<string, number>>;

// Written by test/tools/export_graphs.py: networks as exporters write them, without weights, with what onnxruntime measured.
const FOLDER = new URL('../vectors/graphs/', import.meta.url);
const NAMES = readdirSync(FOLDER).filter((file) => file.endsWith('.onnx.gz')).map((file) => file.slice(0, -'.onnx.gz'.length)).sort();

/**
 * Parameters and millions of multiply-accumulates as they are known of these networks, counted by PyTorch's FLOP counter over the
 * modules. Exporters fold batch normalization: a bias for each channel takes the place of its scale and shift.
 */
const KNOWN: Readonly<Record<string, { readonly parameters?: number; readonly megaMacs: number }>> = {
  'bert': { parameters: 109_482_240, megaMacs: 11_174.22 },
  'bert-fused': { parameters: 109_482_240, megaMacs: 11_174.22 },
  'densenet121': { megaMacs: 2_834.16 },
  'efficientnet-b0': { parameters: 5_267_540, megaMacs: 2 * 385.81 },
  'fcn-resnet50': { megaMacs: 142_725.77 },
  'inceptionv3': { parameters: 23_817_352, megaMacs: 5_713.22 },
  'mobilenetv3': { parameters: 5_470_832, megaMacs: 216.59 },
  'retinanet': { megaMacs: 151_540.44 },
  'resnet50': { parameters: 25_530_472, megaMacs: 4_089.18 },
  'shufflenetv2': { parameters: 2_270_514, megaMacs: 144.91 },
  'ssdlite': { megaMacs: 583.17 },
  'swin-t': { megaMacs: 4_490.57 },
  'swin-t-dynamo': { megaMacs: 4_490.57 },
  'vit-b16': { parameters: 86_567_656, megaMacs: 2 * 17_563.83 },
  'vit-timm': { parameters: 5_717_416, megaMacs: 1_253.68 },
  'whisper-encoder': { parameters: 20_590_592, megaMacs: 43_683.84 },
};

function load(name: string): { readonly model: Model; readonly analyze: (dimensions: Dimensions) => ModelAnalysis } {
  const source = memorySource(new Uint8Array(gunzipSync(readFileSync(new URL(`${name}.onnx.gz`, FOLDER)))));
  const siblings = memorySiblings();
  const model = readModel(source);
  const readBytes = (tensor: Parameters<typeof loadBytes>[0]): Uint8Array | null => {
    try {
      return loadBytes(tensor, { source, siblings });
    } catch (error) {
      // The weights are declared to be in a file that does not exist.
      if (error instanceof NibbleError) return null;
      throw error;
    }
  };
  return { model, analyze: (dimensions) => analyzeModel(model, { dimensions, readBytes }) };
}

/** Gives every extent that only running tells and that is still open the same value, until none is. */
function closed(analyze: (dimensions: Dimensions) => ModelAnalysis, dimensions: Dimensions, value = 3): ModelAnalysis {
  const values: Record<string, number> = { ...dimensions };
  for (;;) {
    const result = analyze(values);
    const open = Object.entries(result.analysis.model.runtimeDimensions).filter(([, given]) => given === null);
    if (open.length === 0) return result;
    for (const [name] of open) values[name] = value;
  }
}

function agrees(shape: readonly ShapeDim[] | null, measured: readonly number[]): boolean {
  return shape?.length === measured.length && shape.every((dim, axis) => typeof dim !== 'number' || dim === measured[axis]);
}

const unresolved = (layers: readonly Layer[]): readonly Layer[] => layers.filter((layer) => layer.unresolved !== null && layer.untaken !== true);

describe('graphs that exporters write', () => {
  it.each(NAMES)('%s', (name) => {
    const { model, analyze } = load(name);
    const dimensions = JSON.parse(model.metadata.get('dimensions') ?? '{}') as Dimensions;
    const measured = JSON.parse(model.metadata.get('shapes') ?? '[]') as readonly (readonly number[] | null)[];

    // Every output has a shape, with the values of all dimensions as well as without.
    const open = analyze({}).analysis;
    const { analysis, sites } = analyze(dimensions);
    for (const { layers } of [open, analysis]) expect(layers.filter(({ outputShapes }) => outputShapes.includes(null))).toEqual([]);
    // Only extents that the data decides keep figures unknown: when they have values, nothing is.
    expect(unresolved(closed(analyze, dimensions).analysis.layers)).toEqual([]);

    // As onnxruntime measured them.
    const rows = new Map(sites.map(({ node }, index) => [node, analysis.layers[index]!]));
    let compared = 0;
    const wrong = model.graph.nodes.flatMap((node, position) => {
      const layer = rows.get(node);
      const truth = measured[position] ?? null;
      if (layer === undefined || truth === null) return [];
      compared += 1;
      const own = layer.outputShapes[node.outputs.findIndex((output) => output !== '')] ?? null;
      return agrees(own, truth) ? [] : [{ name: layer.name, own, truth }];
    });
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(0.8 * analysis.layers.length);

    const known = KNOWN[name];
    if (known?.parameters !== undefined) expect(analysis.totals.parameters).toBe(known.parameters);
    if (known !== undefined) expect(analysis.totals.macs / 1e6).toBeCloseTo(known.megaMacs, 1);
  });

  it('count a detector behind its proposals when their number is given', () => {
    const { model, analyze } = load('fasterrcnn');
    const dimensions = JSON.parse(model.metadata.get('dimensions') ?? '{}') as Dimensions;
    const { totals } = closed(analyze, dimensions, 1000).analysis;
    expect(totals.macs / 1e9).toBeCloseTo(134.38, 2);
  });
});
