import type { StepFacts } from '../describe';
import type { Step } from '../step';
import type { Value } from '../value';

/** The operators that turn an integer operator's sums into floats: Cast, × (scale × scale), and what adds the bias. */
export interface IntegerChain {
  /** Positions, ascending. */
  readonly members: readonly number[];
  /** Of them, those whose constants are scales. */
  readonly scaling: readonly number[];
  readonly weightScale: Value | null;
  /** Whose output is the layer's. */
  readonly end: Step;
  /** The float operator, where the bias tells. */
  readonly standsFor: readonly string[] | null;
}

/** What a chain needs to know of the block around it. */
export interface Neighbours {
  readonly steps: readonly Step[];
  readonly factsAt: (position: number) => StepFacts | undefined;
  /** The position that makes input `input`; −1 for values that no step of the block makes. */
  readonly producerOf: (position: number, input: number) => number;
  /** The only reader of the first output; −1 when others read it too. */
  readonly onlyReaderOf: (position: number) => number;
}

const INTEGER_OPERATORS: ReadonlySet<string> = new Set(['ConvInteger', 'MatMulInteger']);

export function isIntegerOperator({ node }: Step): boolean {
  return node.domain === '' && INTEGER_OPERATORS.has(node.op);
}

/** Operators that work out scales and biases in codes before they are multiplied or added. */
const PREPARING: ReadonlySet<string> = new Set(['Mul', 'Div', 'Floor', 'Round', 'Cast', 'Reshape', 'Unsqueeze']);

/**
 * Follows the sums of an integer operator as far as the pattern of dynamic quantization reaches: the bias in codes, the Cast
 * to floats, the product with both scales and the bias in floats, each with what only prepares its other operand.
 */
export function integerChain(host: number, around: Neighbours): IntegerChain {
  const members = new Set<number>();
  const scaling = new Set<number>();
  let standsFor: readonly string[] | null = null;
  let stage: 'codes' | 'floats' | 'scaled' = 'codes';
  let end = host;
  for (let [at, next] = [host, around.onlyReaderOf(host)]; next >= 0; [at, next] = [next, around.onlyReaderOf(next)]) {
    const { op, domain } = around.steps[next]!.node;
    if (domain !== '') break;
    if (op === 'Cast' && stage === 'codes') stage = 'floats';
    else if (op === 'Mul' && stage === 'floats') stage = 'scaled';
    else if (op === 'Add' && stage !== 'floats' && standsFor === null) {
      standsFor = biased(host, next, at, stage, around);
      if (standsFor === null) break;
    } else break;
    const helpers = op === 'Cast' ? NONE : preparing(next, at, around);
    if (helpers === null) break;
    members.add(next);
    end = next;
    if (op === 'Mul') scaling.add(next);
    for (const position of helpers) {
      members.add(position);
      if (around.steps[position]!.node.op === 'Mul') scaling.add(position);
    }
  }
  const operands = [...scaling].flatMap((position) => around.factsAt(position)?.formats?.operands ?? []);
  const ascending = (positions: ReadonlySet<number>): readonly number[] => [...positions].sort((a, b) => a - b);
  return { members: ascending(members), scaling: ascending(scaling), weightScale: operands.find((value) => value?.constant) ?? null, end: around.steps[end]!, standsFor };
}

/** The operand of a sum or product that does not come from `at`. */
function otherInput(position: number, at: number, around: Neighbours): number {
  return around.producerOf(position, 0) === at ? 1 : 0;
}

/** Steps that nobody needs but the other operand of a sum or product; null when that depends on more than constants and the scales of activations. */
function preparing(position: number, at: number, around: Neighbours): ReadonlySet<number> | null {
  const found = new Set<number>();
  const open = [around.producerOf(position, otherInput(position, at, around))];
  // The list grows while it is walked.
  for (const candidate of open) {
    if (candidate < 0 || found.has(candidate)) continue;
    const { op, domain, inputs } = around.steps[candidate]!.node;
    if (domain !== '' || !(PREPARING.has(op) || op === 'DynamicQuantizeLinear')) return null;
    const reader = around.onlyReaderOf(candidate);
    if (op === 'DynamicQuantizeLinear' || (reader !== position && !found.has(reader))) continue;
    found.add(candidate);
    open.push(...inputs.map((_, input) => around.producerOf(candidate, input)));
  }
  return found;
}

const NONE: ReadonlySet<number> = new Set();

/**
 * What the operator stands for with this sum as its bias; null when the sum is a layer of its own. A convolution has its
 * bias in it, and sums of codes can be nothing else. Of a matrix product only the names tell whether it was a Gemm: onnxruntime
 * calls the parts of `fc` `fc_MatMul…` and `fc_Add`.
 */
function biased(host: number, sum: number, at: number, stage: 'codes' | 'scaled', around: Neighbours): readonly string[] | null {
  const { node } = around.steps[host]!;
  const other = otherInput(sum, at, around);
  const producer = around.producerOf(sum, other);
  const isConstant = around.factsAt(sum)?.constants.some(({ input }) => input === other) ?? false;
  const isPrepared = stage === 'codes' && producer >= 0 && PREPARING.has(around.steps[producer]!.node.op);
  if (!isConstant && !isPrepared) return null;
  if (node.op === 'ConvInteger') return ['Conv'];
  if (stage === 'codes') return ['MatMul', 'Add'];
  const { name } = around.steps[sum]!.node;
  const base = name.endsWith('_Add') ? name.slice(0, -'_Add'.length) : '';
  return base !== '' && node.name.startsWith(`${base}_MatMul`) ? ['Gemm'] : null;
}
