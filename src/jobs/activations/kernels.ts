import type { Layer } from '../../graph/layer';
import type { Model, Node } from '../../onnx/model';
import type { ModelFile } from '../modelFile';
import type { LayerKernel } from '../records';

/** Operators of an optimized model that multiply codes. */
const INTEGER_OPERATORS: ReadonlySet<string> = new Set(['ConvInteger', 'DynamicQuantizeMatMul', 'MatMulInteger', 'MatMulIntegerToFloat', 'MatMulNBits', 'QGemm', 'QLinearConv', 'QLinearMatMul']);

/** What computes each layer of a model, and how much of the work is done on codes. */
export interface KernelReport {
  readonly kernels: readonly LayerKernel[];
  /** Share of the multiply-accumulates in integer kernels; null when they are not known or there are none. */
  readonly integerMacs: number | null;
}

/**
 * Finds the layers of a model in what onnxruntime made of the quantized one. A fused operator keeps the name of the layer, or gives out
 * one of the layer's values; what is found by neither is not reported.
 * @param valuesOf names that the layer's output has in the quantized model: as it was, before and behind its quantization.
 */
export function kernelReport(file: ModelFile, optimized: Model, valuesOf: (node: Node) => readonly string[]): KernelReport {
  const byName = new Map<string, Node>();
  const byOutput = new Map<string, Node>();
  for (const node of optimized.graph.nodes) {
    if (node.name !== '') byName.set(node.name, node);
    for (const output of node.outputs) byOutput.set(output, node);
  }
  const kernels: LayerKernel[] = [];
  let all = 0;
  let integer = 0;
  file.analysis.layers.forEach((layer, index) => {
    if (!isCompute(layer)) return;
    const { node } = file.sites[index]!;
    const found = valuesOf(node).map((name) => byOutput.get(name)).find((made) => made !== undefined && computes(made, layer)) ?? byName.get(node.name);
    all += layer.macs ?? 0;
    if (found === undefined) return;
    const isInteger = INTEGER_OPERATORS.has(found.op);
    if (isInteger) integer += layer.macs ?? 0;
    kernels.push({ layer: layer.name, kernel: found.op, integer: isInteger });
  });
  return { kernels, integerMacs: all === 0 ? null : integer / all };
}

function isCompute({ op, macs }: Layer): boolean {
  return (macs ?? 0) > 0 || op === 'Conv' || op === 'MatMul' || op === 'Gemm';
}

function computes({ op }: Node, layer: Layer): boolean {
  return INTEGER_OPERATORS.has(op) || op === layer.op || op.startsWith('Fused');
}
