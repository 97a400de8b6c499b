import { isDequantize, isQuantize } from '../../graph/logical/conversion';
import type { Node } from '../../onnx/model';
import type { DataFlow, Reader } from '../../graph/dataFlow';
import { INTEGER_OPERATORS } from '../integerKernels';
import { quantizerOf } from '../quantizer';
import type { Quantizer } from '../quantizer';
import type { Found, Rule } from '../rule';
import type { AuditSubject } from '../subject';

/** Standard operators that move, pick or compare codes without a look at what they stand for. */
const PASSES_CODES: ReadonlySet<string> = new Set([
  'Identity', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose', 'Expand', 'Tile', 'Slice', 'Split', 'Concat', 'Gather', 'GatherElements', 'GatherND',
  'ScatterElements', 'ScatterND', 'Pad', 'Where', 'MaxPool', 'ReduceMax', 'ReduceMin', 'Max', 'Min', 'Resize', 'Upsample', 'DepthToSpace', 'SpaceToDepth', 'TopK',
  'ArgMax', 'ArgMin', 'Shape', 'Size', 'Compress', 'ReverseSequence', 'Relu', 'Clip', 'If', 'Loop', 'Scan', 'SequenceConstruct', 'SequenceInsert', 'SequenceAt', 'Optional', 'OptionalGetElement',
]);

/** Longest way that codes are followed. */
const MAX_STEPS = 256;

/** A Q without a DQ behind it, a DQ without a Q in front of it, or a pair that disagrees. */
export const unpaired: Rule = {
  id: 'unpaired',
  title: 'Q or DQ without its counterpart',
  severity: 'warning',
  needs: 'scales',
  help: 'A runtime recognises quantized layers by pairs: a QuantizeLinear whose codes go to a DequantizeLinear with the same scale and zero point, or to an operator that works on codes. Codes that go through Cast and arithmetic instead are never fused, and a pair that disagrees changes the values on their way.',
  *check(subject) {
    for (const quantizer of subject.quantizers) {
      const found = unread(quantizer, subject) ?? (quantizer.kind === 'quantize' ? checkQuantize(quantizer, subject) : checkDequantize(quantizer, subject));
      if (found !== null) yield found;
    }
  },
};

function unread({ node, scope, kind }: Quantizer, subject: AuditSubject): Found | null {
  const name = node.outputs[0] ?? '';
  if (subject.flow.readers(scope, name).length > 0 || subject.flow.isResult(scope, name)) return null;
  return {
    severity: 'note',
    node: subject.nameOf(node),
    tensor: name === '' ? null : name,
    reason: `Nothing reads the output of this ${kind === 'quantize' ? 'QuantizeLinear' : 'DequantizeLinear'}.`,
    consequence: 'It costs time and room in runtimes that do not remove it.',
    remedy: 'Remove the node.',
    repair: { kind: 'remove', node },
  };
}

function checkQuantize({ node, scope }: Quantizer, subject: AuditSubject): Found | null {
  const stranger = firstStranger(subject.flow, { node, scope });
  if (stranger === null) return null;
  return {
    severity: 'warning',
    node: subject.nameOf(node),
    tensor: node.outputs[0] ?? null,
    reason: `The codes go to ${stranger.op} ("${subject.nameOf(stranger)}"), and no DequantizeLinear or integer operator takes them.`,
    consequence: 'No runtime recognises a quantized layer here; codes are computed with as if they were values.',
    remedy: 'Put a DequantizeLinear with the same scale and zero point behind it.',
  };
}

/** An operator that computes with the codes, when no reader knows what to do with them; null when some does. */
function firstStranger(flow: DataFlow, site: Pick<Quantizer, 'node' | 'scope'>): Node | null {
  let stranger: Node | null = null;
  const pending = [site];
  const seen = new Set<Node>();
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const name of next.node.outputs) {
      if (flow.isResult(next.scope, name)) return null;
      for (const reader of flow.readers(next.scope, name)) {
        if (takesCodes(reader)) return null;
        if (seen.has(reader.node)) continue;
        seen.add(reader.node);
        if (seen.size > MAX_STEPS) return null;
        if (PASSES_CODES.has(reader.node.op)) pending.push(reader);
        else stranger ??= reader.node;
      }
    }
  }
  return stranger;
}

/** Operators of other domains and functions of the model may do anything with codes. */
function takesCodes({ node }: Reader): boolean {
  return node.domain !== '' || isDequantize(node) || INTEGER_OPERATORS.has(node.op);
}

function checkDequantize(quantizer: Quantizer, subject: AuditSubject): Found | null {
  const { node, scope } = quantizer;
  const origin = subject.flow.behind(scope, node.inputs[0] ?? '', ({ op, domain }) => domain === '' && PASSES_CODES.has(op) && op !== 'If' && op !== 'Loop' && op !== 'Scan');
  if (origin?.kind !== 'node') return null;
  const { node: maker } = origin.site;
  if (isQuantize(maker)) return checkPair(quantizerOf(subject.flow, origin.site)!, quantizer, subject);
  if (maker.domain !== '' || INTEGER_OPERATORS.has(maker.op) || maker.op === 'DynamicQuantizeLinear' || PASSES_CODES.has(maker.op)) return null;
  return {
    severity: 'warning',
    node: subject.nameOf(node),
    tensor: node.inputs[0] ?? null,
    reason: `The codes come from ${maker.op} ("${subject.nameOf(maker)}"), not from a QuantizeLinear or an integer operator.`,
    consequence: 'No runtime recognises a quantized layer here, so this is computed step by step in float.',
    remedy: 'Let a QuantizeLinear with the same scale and zero point make the codes.',
  };
}

function checkPair(quantize: Quantizer, dequantize: Quantizer, subject: AuditSubject): Found | null {
  const { constants } = subject;
  const [from, to] = [constants.scalar(quantize.scale), constants.scalar(dequantize.scale)];
  const zeroPointOf = ({ zeroPoint, computesZeroPoint }: Quantizer): number | null => (computesZeroPoint ? null : zeroPoint === null ? 0 : constants.scalar(zeroPoint));
  const [zeroFrom, zeroTo] = [zeroPointOf(quantize), zeroPointOf(dequantize)];
  const differs = (a: number | null, b: number | null): boolean => a !== null && b !== null && !Object.is(a, b);
  const what = differs(from, to) ? `scale ${from!} and back with scale ${to!}` : differs(zeroFrom, zeroTo) ? `zero point ${zeroFrom!} and back with zero point ${zeroTo!}` : null;
  if (what === null) return null;
  return {
    severity: 'warning',
    node: subject.nameOf(dequantize.node),
    tensor: dequantize.node.inputs[0] ?? null,
    reason: `The value is quantized with ${what}.`,
    consequence: 'It comes back as another value; runtimes that merge the two nodes and those that run both disagree.',
    remedy: 'Give both nodes the same scale and zero point.',
  };
}
