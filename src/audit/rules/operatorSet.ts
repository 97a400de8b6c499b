import type { Granularity, WeightBits } from '../../quant/scheme';
import { contribTakes, standardOpset } from '../../targets/onnxruntimeFacts';
import { functionAround } from '../../graph/dataFlow';
import { granularityOf } from '../quantizer';
import type { Quantizer } from '../quantizer';
import type { Rule } from '../rule';

/** A Q or DQ node uses what its operator set does not have yet. */
export const operatorSet: Rule = {
  id: 'operator-set',
  title: 'Older operator set than the quantization needs',
  severity: 'error',
  needs: 'structure',
  help: 'QuantizeLinear and DequantizeLinear have scales for each channel since operator set 13, float8 and float16 scales since 19, blocks and codes of 4 and 16 bits since 21, codes of 2 bits since 25. In an older operator set such nodes are invalid, and the model does not load. The operators of the same name in com.microsoft take most of it beside any operator set.',
  *check(subject) {
    for (const quantizer of subject.quantizers) {
      const { node, scope, kind } = quantizer;
      if (node.domain !== '') continue;
      const opset = scope.opsets.get('') ?? 1;
      const need = needsOf(quantizer).reduce((highest, each) => (each.opset > highest.opset ? each : highest));
      if (opset >= need.opset) continue;
      const canMove = contribHas(quantizer);
      yield {
        severity: 'error',
        node: subject.nameOf(node),
        tensor: node.inputs[0] ?? null,
        reason: `${kind === 'quantize' ? 'QuantizeLinear' : 'DequantizeLinear'} has ${need.what}, which came with operator set ${need.opset}; here it is ${opset}.`,
        consequence: 'The model does not load.',
        remedy: canMove ? `Raise the operator set to ${need.opset}, or use the operator of com.microsoft.` : `Raise the operator set to ${need.opset}.`,
        ...(canMove ? { repair: { kind: 'domain', node, definition: functionAround(scope) } as const } : {}),
      };
    }
  },
};

interface Need {
  readonly opset: number;
  readonly what: string;
}

const FIRST: Need = { opset: 10, what: 'one scale' };

function needsOf(quantizer: Quantizer): readonly Need[] {
  const { node, codeType, scale, blockSize } = quantizer;
  const granularity = granularityOf(quantizer);
  const scheme: Granularity = blockSize > 0 ? { block: blockSize } : granularity === 'channel' ? 'channel' : 'tensor';
  const bits = bitsOf(codeType);
  return [
    FIRST,
    ...(granularity === 'channel' ? [{ opset: 13, what: 'a scale for each channel' }] : []),
    ...(node.attributes.has('axis') ? [{ opset: 13, what: 'an axis' }] : []),
    ...(blockSize > 0 ? [{ opset: 21, what: 'blocks' }] : []),
    ...(codeType.startsWith('float8') ? [{ opset: 19, what: `${codeType} codes` }] : []),
    ...(codeType.startsWith('float4') ? [{ opset: 23, what: `${codeType} codes` }] : []),
    ...(scale?.dataType === 'float16' ? [{ opset: standardOpset({ bits: 8, granularity: 'tensor', scaleType: 'float16' }), what: 'float16 scales' }] : []),
    ...(bits === null ? [] : [{ opset: standardOpset({ bits, granularity: scheme, scaleType: 'float' }), what: bits === 8 ? (scheme === 'channel' ? 'a scale for each channel' : 'one scale') : `${codeType} codes` }]),
  ];
}

/** Whether the operator of com.microsoft takes the same. It takes int32 codes, of biases, with one scale or a scale for each channel. */
function contribHas(quantizer: Quantizer): boolean {
  const { codeType, blockSize } = quantizer;
  const bits = codeType === 'int32' ? 8 : bitsOf(codeType);
  return bits !== null && contribTakes({ bits, granularity: blockSize > 0 ? { block: blockSize } : 'channel', scaleType: 'float' });
}

function bitsOf(codeType: string): WeightBits | null {
  const bits = /^u?int(2|4|8|16)$/.exec(codeType)?.[1];
  return bits === undefined ? null : (Number(bits) as WeightBits);
}
