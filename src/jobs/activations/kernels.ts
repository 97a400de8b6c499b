import type { Layer } from '../../graph/layer';
import type { Model, Node } from '../../onnx/model';
import type { ModelFile } from '../modelFile';
import { INTEGER_OPERATORS } from '../../format/kernels';
import type { LayerKernel } from '../records';

/** What the rules of a target say of a layer. */
export interface PredictedKernel {
  readonly kernel: string;
  readonly integer: boolean;
}

/** What computes each layer of a model, and how much of the work is done on codes. */
export interface KernelReport {
  readonly kernels: readonly LayerKernel[];
  /** Share of the multiply-accumulates in integer kernels; null when they are not known or there are none. */
  readonly integerMacs: number | null;
  /** Whether onnxruntime was asked; else it is what the target's rules say. */
  readonly verified: boolean;
}

/**
 * Finds the layers of a model in what onnxruntime made of the quantized one. A fused operator keeps the name of the layer, or gives out
 * one of the layer's values; what is found by neither is not reported.
 * @param valuesOf names that the layer's output has in the quantized model: as it was, before and behind its quantization.
 * @param predicted by layer.
 */
export function kernelReport(file: ModelFile, optimized: Model, valuesOf: (node: Node) => readonly string[], predicted: readonly PredictedKernel[]): KernelReport {
  const byName = new Map<string, Node>();
  const byOutput = new Map<string, Node>();
  for (const node of optimized.graph.nodes) {
    if (node.name !== '') byName.set(node.name, node);
    for (const output of node.outputs) byOutput.set(output, node);
  }
  return reportOf(file, predicted, true, (layer, index) => {
    const { node } = file.sites[index]!;
    const found = valuesOf(node).map((name) => byOutput.get(name)).find((made) => made !== undefined && computes(made, layer)) ?? byName.get(node.name);
    return found === undefined ? null : { kernel: found.op, integer: INTEGER_OPERATORS.has(found.op) };
  });
}

/** What the rules of a target say of a model that cannot be tried here. */
export function predictedReport(file: ModelFile, predicted: readonly PredictedKernel[]): KernelReport {
  return reportOf(file, predicted, false, (_, index) => predicted[index]!);
}

function reportOf({ analysis: { layers } }: ModelFile, predicted: readonly PredictedKernel[], verified: boolean, kernelOf: (layer: Layer, index: number) => PredictedKernel | null): KernelReport {
  const kernels: LayerKernel[] = [];
  let all = 0;
  let integer = 0;
  layers.forEach((layer, index) => {
    if (!isCompute(layer)) return;
    all += layer.macs ?? 0;
    const found = kernelOf(layer, index);
    if (found === null) return;
    if (found.integer) integer += layer.macs ?? 0;
    kernels.push({ layer: layer.name, ...found, predicted: predicted[index]!.kernel });
  });
  return { kernels, integerMacs: all === 0 ? null : integer / all, verified };
}

function isCompute({ op, macs }: Layer): boolean {
  return (macs ?? 0) > 0 || op === 'Conv' || op === 'MatMul' || op === 'Gemm';
}

function computes({ op }: Node, layer: Layer): boolean {
  return INTEGER_OPERATORS.has(op) || op === layer.op || op.startsWith('Fused');
}
