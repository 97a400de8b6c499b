import type { Call } from '../call';
import type { Dim } from '../dim';
import { add, multiply } from '../dim';
import { KNOWN_DOMAINS } from '../shapes/table';
import type { Value } from '../value';
import type { Counting } from '../counting';
import { STRICT_COUNTING } from '../counting';
import type { Convention } from './conventions';
import { conventionFor } from './conventions';
import { FREE_OPERATORS } from './operations';
import type { Cost, ProductRule, Term } from './rule';
import { factor, FREE, sumOf } from './rule';
import { UNITS } from './units';
import type { OperationWeight } from './weightTable';

interface OperatorRule {
  readonly product: ProductRule | undefined;
  readonly weights: readonly OperationWeight[];
}

/** Counts operators by one convention. */
export class Counter {
  private readonly rules: ReadonlyMap<string, OperatorRule>;

  constructor(readonly convention: Convention) {
    const weights = new Map<string, OperationWeight[]>();
    for (const entry of convention.weights) {
      const before = weights.get(entry.op);
      if (before === undefined) weights.set(entry.op, [entry]);
      else before.push(entry);
    }
    this.rules = new Map([...new Set([...Object.keys(convention.products), ...weights.keys()])].map((op): [string, OperatorRule] => [op, { product: convention.products[op], weights: weights.get(op) ?? NO_WEIGHTS }]));
  }

  /** True when operators of this name are counted, be it with nothing. */
  knows(domain: string, op: string): boolean {
    return KNOWN_DOMAINS.has(domain) && (FREE_OPERATORS.has(op) || this.rules.has(op));
  }

  /** What a call costs; null (and remembered by the call) when something that it depends on is unknown. Operators without a rule cost nothing. */
  cost(call: Call, outputs: readonly Value[]): Cost | null {
    const rule = this.rules.get(call.op);
    if (rule === undefined) return FREE;
    const macs = rule.product === undefined ? FREE.macs : rule.product(call, outputs);
    if (macs === null) return null;
    if (rule.weights.length === 0) return { macs, operations: FREE.operations };
    const operations: Term[] = [];
    for (const { per, weight } of rule.weights) {
      const count = UNITS[per](call, outputs);
      if (count === null) return null;
      if (count.length > 0) operations.push([...count, factor('weight', weight)]);
    }
    return { macs, operations };
  }

  /** The convention's figure for a cost. */
  flops({ macs, operations }: Cost): Dim {
    return add(multiply(sumOf(macs), this.convention.perMac), sumOf(operations));
  }
}

const NO_WEIGHTS: readonly never[] = [];

/** Counts by the strict convention: MACs are its in every analysis. */
export const STRICT_COUNTER = new Counter(conventionFor(STRICT_COUNTING));

/** The counter for a way of counting. Throws what `conventionFor` throws. */
export function counterFor(counting: Counting): Counter {
  const convention = conventionFor(counting);
  return convention === STRICT_COUNTER.convention ? STRICT_COUNTER : new Counter(convention);
}
