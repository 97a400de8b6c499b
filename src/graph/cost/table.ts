import { KNOWN_DOMAINS } from '../shapes/table';
import { otherCosts } from './others';
import { productCosts } from './products';
import type { CostRule } from './rule';

const RULES: ReadonlyMap<string, CostRule> = new Map([...Object.entries(otherCosts), ...Object.entries(productCosts)]);

/** The cost rule of an operator; undefined when Nibble has none. */
export function costRule(domain: string, op: string): CostRule | undefined {
  return KNOWN_DOMAINS.has(domain) ? RULES.get(op) : undefined;
}
