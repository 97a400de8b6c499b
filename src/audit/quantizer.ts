import type { DataType } from '../onnx/dtypes';
import type { Tensor } from '../onnx/model';
import { elementCount } from '../onnx/tensorData';
import type { DataFlow, Site } from '../graph/dataFlow';
import { codesMade, conversionAxis, conversionBlock, isDequantize, isQuantize } from '../graph/logical/conversion';

/** A QuantizeLinear or DequantizeLinear node, with what it says about its codes. */
export interface Quantizer extends Site {
  readonly kind: 'quantize' | 'dequantize';
  /** The element type of the codes; 'undefined' where nothing says it. */
  readonly codeType: DataType;
  /** Null: computed at run time. */
  readonly scale: Tensor | null;
  /** Null: left out, or computed at run time. */
  readonly zeroPoint: Tensor | null;
  /** True when there is a zero point that is no constant. */
  readonly computesZeroPoint: boolean;
  /** As the node says it; −1 is the last. Means something where there is more than one scale. */
  readonly axis: number;
  /** 0: no blocks. */
  readonly blockSize: number;
}

/** Reads a Q or DQ node; null for others. */
export function quantizerOf(flow: DataFlow, { node, scope }: Site): Quantizer | null {
  const kind = isQuantize(node) ? 'quantize' : isDequantize(node) ? 'dequantize' : null;
  if (kind === null) return null;
  const constant = (input: number): Tensor | null => flow.stored(scope, node.inputs[input] ?? '');
  const zeroPoint = constant(2);
  return {
    node,
    scope,
    kind,
    codeType: zeroPoint?.dataType ?? codeTypeWithout(flow, { node, scope }, kind),
    scale: constant(1),
    zeroPoint,
    computesZeroPoint: zeroPoint === null && (node.inputs[2] ?? '') !== '',
    axis: conversionAxis(node),
    blockSize: conversionBlock(node),
  };
}

/** How many values share a scale: all, those of a channel, or those of a block; null when the scale is not stored. */
export function granularityOf({ scale, blockSize }: Quantizer): 'tensor' | 'channel' | 'block' | null {
  if (scale === null) return null;
  if (blockSize > 0) return 'block';
  return elementCount(scale) === 1 ? 'tensor' : 'channel';
}

/** The axis as an index from 0, for values of that rank. */
export function axisIn({ axis }: Pick<Quantizer, 'axis'>, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** The type of codes where no zero point tells it. */
function codeTypeWithout(flow: DataFlow, { node, scope }: Site, kind: Quantizer['kind']): DataType {
  if (kind === 'quantize') return codesMade(node, null);
  const origin = flow.source(scope, node.inputs[0] ?? '');
  if (origin?.kind === 'stored') return origin.tensor.dataType;
  if (origin?.kind !== 'node' || !isQuantize(origin.site.node)) return 'undefined';
  const { node: maker, scope: around } = origin.site;
  return codesMade(maker, flow.stored(around, maker.inputs[2] ?? '')?.dataType ?? null);
}
