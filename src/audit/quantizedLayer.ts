import type { Layer, LayerSite, LayerWeight } from '../graph/layer';
import { floatOf } from '../graph/attributes';
import { isDequantize } from '../graph/logical/conversion';
import { bitsPerElement, isFloatingPoint } from '../onnx/dtypes';
import type { Node, Tensor } from '../onnx/model';
import { elementCount } from '../onnx/tensorData';
import type { WeightBits } from '../quant/scheme';
import { fusesToMatMulNBits } from '../targets/onnxruntimeFacts';
import { quantizedBias } from './bias';
import type { QuantizedBias } from './bias';
import type { SmallConstants } from './constants';
import type { DataFlow, Site } from '../graph/dataFlow';
import { INTEGER_OPERATORS, runsOnIntegers } from './integerKernels';
import { outputQuantizer } from './outputQuantizer';
import type { OutputQuantizer } from './outputQuantizer';
import { axisIn, granularityOf, quantizerOf } from './quantizer';
import type { Quantizer } from './quantizer';

/** A layer with one of its weights that the file holds as codes, or that the graph quantizes and dequantizes. */
export interface QuantizedLayer extends Site {
  /** As the layer table calls it. */
  readonly name: string;
  readonly op: string;
  readonly weight: LayerWeight;
  readonly tensor: Tensor;
  /** The DQ node of the weight; null for operators that read codes themselves. */
  readonly dequantize: Quantizer | null;
  /** True when nothing is between the stored tensor and its DQ node, so that the axes of both are the same. */
  readonly isDirect: boolean;
  /** The DQ node of the other operand; null when that is float, or codes. */
  readonly activation: Quantizer | null;
  readonly bias: QuantizedBias | null;
  readonly output: OutputQuantizer;
  /** How onnxruntime's CPU provider computes it: on integers, on packed weights (MatMulNBits), or in float. */
  readonly kernel: 'integer' | 'packed' | 'float';
}

/** Finds the quantized layers of a model, each once for each of its weights, however often the function around it is called. */
export function quantizedLayers(layers: readonly Layer[], sites: readonly LayerSite[], flow: DataFlow, constants: SmallConstants): readonly QuantizedLayer[] {
  const seen = new Set<string>();
  return layers.flatMap((layer, index) =>
    layer.weights.flatMap((weight, at) => {
      const { node, weights } = sites[index]!;
      const key = `${node.span.start} ${weight.input} ${weight.key}`;
      if (seen.has(key)) return [];
      seen.add(key);
      return quantizedLayer({ layer, weight, tensor: weights[at]!.tensor, node }, flow, constants) ?? [];
    }),
  );
}

interface Candidate {
  readonly layer: Layer;
  readonly weight: LayerWeight;
  readonly tensor: Tensor;
  readonly node: Node;
}

function quantizedLayer({ layer, weight, tensor, node }: Candidate, flow: DataFlow, constants: SmallConstants): QuantizedLayer | null {
  const site = flow.siteOf(node);
  if (site === null) return null;
  const dequantize = dequantizeBehind(flow, site, weight.input);
  if (dequantize === null && isFloatingPoint(weight.dataType)) return null;
  const activation = dequantize === null ? null : activationOf(flow, site, weight.input);
  const isDirect = dequantize !== null && flow.stored(dequantize.scope, dequantize.node.inputs[0] ?? '') === tensor;
  const bias = dequantize === null || weight.input !== 1 ? null : quantizedBias(flow, constants, site, activation, dequantize);
  const found = { ...site, name: layer.name, op: layer.op, weight, tensor, dequantize, isDirect, activation, bias, output: outputQuantizer(flow, site, constants) };
  return { ...found, kernel: kernelOf(found) };
}

/** Operators that a weight may pass between its DQ node and its layer: those that move or rename elements. */
const MOVES: ReadonlySet<string> = new Set(['Identity', 'Transpose', 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Slice', 'Cast']);

function dequantizeBehind(flow: DataFlow, { node, scope }: Site, input: number): Quantizer | null {
  const origin = flow.behind(scope, node.inputs[input] ?? '', ({ op, domain }) => domain === '' && MOVES.has(op));
  return origin?.kind === 'node' && isDequantize(origin.site.node) ? quantizerOf(flow, origin.site) : null;
}

function activationOf(flow: DataFlow, { node, scope }: Site, weightInput: number): Quantizer | null {
  const origin = flow.source(scope, node.inputs[weightInput === 0 ? 1 : 0] ?? '');
  return origin?.kind === 'node' && isDequantize(origin.site.node) ? quantizerOf(flow, origin.site) : null;
}

function kernelOf({ op, weight, tensor, dequantize, activation, bias, output, isDirect, node }: Omit<QuantizedLayer, 'kernel'>): QuantizedLayer['kernel'] {
  if (dequantize === null) return INTEGER_OPERATORS.has(op) ? 'integer' : 'packed';
  const granularity = granularityOf(dequantize);
  if (granularity === null || !isDirect) return 'float';
  const axis = axisIn(dequantize, tensor.dims.length);
  const form = {
    op,
    activation: activation?.codeType ?? null,
    weight: dequantize.codeType,
    activationPerTensor: activation !== null && granularityOf(activation) === 'tensor',
    weightGranularity: granularity,
    fitsChannels: granularity === 'channel' && elementCount(dequantize.scale!) === tensor.dims[weight.channelAxis],
    saysZeroPoints: [activation, dequantize].every((quantizer) => (quantizer?.zeroPoint ?? null) !== null),
    isPlain: (node.inputs[2] ?? '') === '' || (floatOf(node, 'alpha', 1) === 1 && floatOf(node, 'beta', 1) === 1),
    biasShare: bias?.share ?? 0,
    output: output.keepsFloat ? null : output.isFloat ? ('float' as const) : (output.quantize?.codeType ?? null),
  };
  if (runsOnIntegers(form)) return 'integer';
  const bits = bitsPerElement(dequantize.codeType);
  const isRight = granularity === 'tensor' || axis === (granularity === 'channel' ? weight.channelAxis : weight.blockAxis);
  if (activation !== null || (!output.isFloat && output.keepsFloat === null) || !isRight || (bits !== 4 && bits !== 8 && bits !== 2)) return 'float';
  return fusesToMatMulNBits({ ...weight, op }, bits satisfies WeightBits, granularity === 'block' ? { block: dequantize.blockSize } : granularity) ? 'packed' : 'float';
}
