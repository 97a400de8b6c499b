import type { Node } from '../../onnx/model';
import type { StepFacts } from '../describe';
import type { LogicalForm, LogicalLayer, NumberFormat, StoredNumbers, WeightCoding } from '../layer';
import { logicalElements, storedBytes } from '../parameters';
import type { Step } from '../step';
import type { Value } from '../value';
import type { QuantizableWeight } from '../weights';
import type { Origin } from './behind';
import { ofConversion, originOf } from './behind';
import { isConversion } from './conversion';
import { codedFormat, DYNAMIC, halfFormat, middleCode } from './format';
import type { IntegerChain } from './integerChain';
import type { CodedInput, LogicalOperator } from './operators';
import { codeTypeOf, countOf, isCodeTable, logicalOperator, QUANTIZES_ITS_INPUT } from './operators';
import { isHalf } from './helperRole';

/** A row's own step with what is in the row besides. */
export interface RowParts {
  readonly step: Step;
  readonly facts: StepFacts;
  readonly members: readonly Step[];
  readonly chain: IntegerChain | undefined;
  /** Steps that read what it gives. */
  readonly readers: readonly Step[];
  readonly factsOf: (step: Step) => StepFacts | undefined;
}

/** What a row stands for; null for a plain float layer. */
export function describeLogical(row: RowParts): LogicalLayer | null {
  const { step, facts, members, chain } = row;
  if (facts.formats === null && members.length === 0) return null;
  const operator = logicalOperator(step.node);
  const weights = weightsOf(row, operator);
  const activations = activationsOf(row, operator);
  const output = outputOf(row, operator);
  const form = formOf(row, operator, [weights, activations, output]);
  if (form === null) return null;
  const standsFor = chain?.standsFor ?? operator?.standsFor(step.node) ?? [step.node.op];
  return { form, standsFor, weights, activations, output, members: members.map(({ name, node }) => ({ name, op: node.op })) };
}

/** How the codes of each of a row's weights become numbers, parallel to its weights; null for weights that are no codes. */
export function weightCodings(row: RowParts): readonly (WeightCoding | null)[] {
  const { facts, step } = row;
  if (facts.formats === null && row.members.length === 0) return facts.weights.map(() => null);
  const operator = logicalOperator(step.node);
  return facts.weights.map((weight) => {
    const origin = weightOrigin(row, operator, weight);
    const granularity = origin?.format.granularity ?? null;
    if (origin === null || granularity === null) return null;
    const tensors = [origin.scale, origin.zeroPoint].map((value) => value?.constant?.tensor ?? null);
    const isStored = origin.zeroPoint === null || tensors[1] !== null;
    const block = typeof granularity === 'object' ? granularity.block : null;
    return { scale: isStored ? tensors[0]! : null, zeroPoint: tensors[1]!, axis: origin.axis, block, codeType: origin.format.dataType };
  });
}

function formOf({ members, facts }: RowParts, operator: LogicalOperator | undefined, [weights, activations, output]: readonly [NumberFormat | null, NumberFormat | null, NumberFormat | null]): LogicalForm | null {
  const formats = [weights, activations, output].filter((format) => format !== null);
  if (operator !== undefined) {
    const worksOnCodes = operator.form === 'dynamic' || operator.form === 'integer';
    return worksOnCodes && activations !== null ? (activations.dynamic ? 'dynamic' : 'integer') : operator.form;
  }
  if (facts.role !== null) return null;
  if (members.some(({ node }) => isConversion(node)) || formats.some(({ granularity }) => granularity !== null)) return 'qdq';
  if (formats.length > 0) return 'float16';
  return members.length > 0 ? 'float' : null;
}

function weightsOf(row: RowParts, operator: LogicalOperator | undefined): StoredNumbers | null {
  const parts = row.facts.weights.flatMap((weight) => {
    const origin = weightOrigin(row, operator, weight);
    if (origin === null) return [];
    const { tensor } = weight.constant;
    return [{ origin, elements: logicalElements(row.step, weight.input, tensor), codeBytes: storedBytes(tensor), scaleBytes: bytesOf(origin.scale) + bytesOf(origin.zeroPoint) }];
  });
  if (parts.length === 0) return null;
  const sum = (pick: (part: (typeof parts)[number]) => number): number => parts.reduce((total, part) => total + pick(part), 0);
  return { ...parts[0]!.origin.format, elements: sum(({ elements }) => elements), codeBytes: sum(({ codeBytes }) => codeBytes), scaleBytes: sum(({ scaleBytes }) => scaleBytes) };
}

function bytesOf(value: Value | null): number {
  return value?.constant ? storedBytes(value.constant.tensor) : 0;
}

function weightOrigin({ step, facts, chain, readers, factsOf }: RowParts, operator: LogicalOperator | undefined, { input, constant }: QuantizableWeight): Origin | null {
  const operands = facts.formats?.operands ?? [];
  const coded = operator?.coded.find(({ codes }) => codes === input);
  if (coded !== undefined) return codedOrigin(step.node, operands, coded, chain?.weightScale ?? null);
  if (isCodeTable(step.node, input, constant.tensor) && !constant.quantized) {
    const dequantize = readers.find(({ node }) => isConversion(node));
    return dequantize === undefined ? null : ofConversion(dequantize.node, factsOf(dequantize)?.formats?.operands ?? []);
  }
  const value = operands[input] ?? null;
  if (value !== null) return originOf(value, factsOf);
  return isHalf(constant.tensor.dataType) ? { format: halfFormat(constant.tensor.dataType), scale: null, zeroPoint: null, axis: null } : null;
}

function codedOrigin(node: Node, operands: readonly (Value | null)[], coded: CodedInput, ownScale: Value | null): Origin {
  const at = (input: number | null): Value | null => (input === null ? null : (operands[input] ?? null));
  const scale = at(coded.scale) ?? ownScale;
  const zeroPoint = at(coded.zeroPoint);
  const dataType = codeTypeOf(node, at(coded.codes)?.dataType ?? 'undefined');
  const block = countOf(node, 'block_size');
  const isPacked = block !== null;
  const middle = isPacked ? middleCode(dataType) : 0;
  // Packed zero points share bytes as the codes do, so that the bytes are not the zero points.
  const readable = zeroPoint !== null && zeroPoint.dataType === dataType ? zeroPoint : null;
  const format = codedFormat({ dataType, middle, block }, scale, readable);
  return { format: zeroPoint === readable ? format : { ...format, symmetric: null, zeroPoints: null }, scale, zeroPoint, axis: null };
}

function activationsOf({ step, facts, factsOf }: RowParts, operator: LogicalOperator | undefined): NumberFormat | null {
  if (QUANTIZES_ITS_INPUT.has(step.node.op)) return DYNAMIC;
  const operands = facts.formats?.operands ?? [];
  const isActivation = (value: Value | null): value is Value => value !== null && value.constant === null && (value.producer !== null || value.elements === null);
  const coded = operator?.coded.find(({ codes }) => isActivation(operands[codes] ?? null));
  if (coded !== undefined) {
    const value = operands[coded.codes]!;
    return coded.scale === null ? (originOf(value, factsOf)?.format ?? null) : codedOrigin(step.node, operands, coded, null).format;
  }
  const value = operands.find(isActivation) ?? null;
  return value && (originOf(value, factsOf)?.format ?? null);
}

function outputOf({ step, facts, members, chain, factsOf }: RowParts, operator: LogicalOperator | undefined): NumberFormat | null {
  const operands = facts.formats?.operands ?? [];
  if (operator?.output) {
    const { scale, zeroPoint } = operator.output;
    return codedFormat({ dataType: operands[zeroPoint]?.dataType ?? 'uint8', middle: 0, block: null }, operands[scale] ?? null, operands[zeroPoint] ?? null);
  }
  // A QuantizeLinear that reads something else is there for the layer's input.
  const last = chain?.end ?? step;
  const quantize = members.find((member) => factsOf(member)?.role === 'after' && isConversion(member.node) && factsOf(member)?.formats?.operands[0]?.producer === last);
  if (quantize !== undefined) return ofConversion(quantize.node, factsOf(quantize)?.formats?.operands ?? []).format;
  const type = facts.formats?.outputType;
  return type !== undefined && isHalf(type) ? halfFormat(type) : null;
}
