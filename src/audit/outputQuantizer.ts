import { isQuantize } from '../graph/logical/conversion';
import { bitsPerElement } from '../onnx/dtypes';
import type { SmallConstants } from './constants';
import type { DataFlow, Site } from '../graph/dataFlow';
import { quantizerOf } from './quantizer';
import type { Quantizer } from './quantizer';

/** What becomes of a layer's output. */
export interface OutputQuantizer {
  /** The Q node that alone reads it, maybe behind Relu and Clip; null when there is none. */
  readonly quantize: Quantizer | null;
  /** The first Relu or Clip between that cuts off values which the codes could stand for, so that it cannot be left out. */
  readonly keepsFloat: Site | null;
  /** True when no reader quantizes it. */
  readonly isFloat: boolean;
}

/** Activation functions in a row that are followed. */
const MAX_ACTIVATIONS = 4;

/** Finds the Q node behind a layer. */
export function outputQuantizer(flow: DataFlow, site: Site, constants: SmallConstants): OutputQuantizer {
  const through: Site[] = [];
  let last = site;
  for (let next = onlyReader(flow, last); next !== null && through.length <= MAX_ACTIVATIONS; next = onlyReader(flow, last)) {
    if (isQuantize(next.node)) {
      const quantize = quantizerOf(flow, next)!;
      return { quantize, keepsFloat: through.find((between) => !isRedundant(flow, between, quantize, constants)) ?? null, isFloat: false };
    }
    if (next.node.domain !== '' || (next.node.op !== 'Relu' && next.node.op !== 'Clip')) break;
    through.push(next);
    last = next;
  }
  return { quantize: null, keepsFloat: null, isFloat: !readersOf(flow, site).some(({ node }) => isQuantize(node)) };
}

function readersOf(flow: DataFlow, { node, scope }: Site) {
  return flow.readers(scope, node.outputs[0] ?? '');
}

function onlyReader(flow: DataFlow, site: Site): Site | null {
  const [reader, ...others] = readersOf(flow, site);
  const isAlone = reader?.input === 0 && others.length === 0 && !flow.isResult(site.scope, site.node.outputs[0] ?? '');
  return isAlone ? reader : null;
}

/**
 * True when the codes of a Q node stand only for values that a Relu or Clip lets through: saturation then does its work.
 * The bounds are those of onnxruntime, which has no tolerance.
 */
function isRedundant(flow: DataFlow, { node, scope }: Site, quantize: Quantizer, constants: SmallConstants): boolean {
  const scale = constants.scalar(quantize.scale);
  const zeroPoint = quantize.zeroPoint === null ? 0 : constants.scalar(quantize.zeroPoint);
  const bits = bitsPerElement(quantize.codeType);
  // What is not known is not held against the model.
  if (scale === null || zeroPoint === null || quantize.computesZeroPoint || bits === 0 || bits > 16) return true;
  const lowest = quantize.codeType.startsWith('u') ? 0 : -(2 ** (bits - 1));
  const highest = lowest + 2 ** bits - 1;
  if (node.op === 'Relu') return zeroPoint === lowest;
  const bound = (name: string, input: number, otherwise: number): number | null => {
    const attribute = node.attributes.get(name);
    if (attribute?.kind === 'float') return attribute.value;
    const given = node.inputs[input] ?? '';
    return given === '' ? otherwise : constants.scalar(flow.stored(scope, given));
  };
  const low = bound('min', 1, -Infinity);
  const high = bound('max', 2, Infinity);
  if (low === null || high === null) return true;
  return low <= Math.fround(Math.fround(scale) * (lowest - zeroPoint)) && high >= Math.fround(Math.fround(scale) * (highest - zeroPoint));
}
