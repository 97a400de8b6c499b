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

/** Follows the output of an integer operator as far as the pattern of dynamic quantization reaches. */
export function integerChain(host: number, around: Neighbours): IntegerChain {
  const isNext = (position: number, op: string): boolean => position >= 0 && around.steps[position]!.node.op === op && around.steps[position]!.node.domain === '';
  const members: number[] = [];
  const finish = (found: Partial<IntegerChain> = {}): IntegerChain => ({ scaling: [], weightScale: null, standsFor: null, ...found, members: members.sort((a, b) => a - b) });

  const cast = around.onlyReaderOf(host);
  if (!isNext(cast, 'Cast')) return finish();
  members.push(cast);
  const product = around.onlyReaderOf(cast);
  if (!isNext(product, 'Mul')) return finish();
  members.push(product);
  const scaling = [product];
  const other = around.producerOf(product, around.producerOf(product, 0) === cast ? 1 : 0);
  if (isNext(other, 'Mul') && around.onlyReaderOf(other) === product) {
    members.push(other);
    scaling.push(other);
  }
  const operands = scaling.flatMap((position) => around.factsAt(position)?.formats?.operands ?? []);
  const found = { scaling, weightScale: operands.find((value) => value?.constant) ?? null };

  const sum = around.onlyReaderOf(product);
  const standsFor = isNext(sum, 'Add') ? biased(host, sum, product, around) : null;
  if (standsFor === null) return finish(found);
  members.push(sum);
  const bias = around.producerOf(sum, around.producerOf(sum, 0) === product ? 1 : 0);
  if (isNext(bias, 'Reshape') && around.onlyReaderOf(bias) === sum) members.push(bias);
  return finish({ ...found, standsFor });
}

/**
 * What the operator stands for with this sum as its bias; null when the sum is a layer of its own. A convolution has its
 * bias in it. Of a matrix product only the names tell whether it was a Gemm: onnxruntime calls the parts of `fc`
 * `fc_MatMul…` and `fc_Add`.
 */
function biased(host: number, sum: number, product: number, around: Neighbours): readonly string[] | null {
  const other = around.producerOf(sum, 0) === product ? 1 : 0;
  if (!(around.factsAt(sum)?.constants.some(({ input }) => input === other) ?? false)) return null;
  const { node } = around.steps[host]!;
  if (node.op === 'ConvInteger') return ['Conv'];
  const { name } = around.steps[sum]!.node;
  const base = name.endsWith('_Add') ? name.slice(0, -'_Add'.length) : '';
  return base !== '' && node.name.startsWith(`${base}_MatMul`) ? ['Gemm'] : null;
}
