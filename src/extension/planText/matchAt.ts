import { findNodeAtOffset, getNodePath } from 'jsonc-parser';
import type { Node } from 'jsonc-parser';

/** A rule's `match` text in a plan's syntax tree. */
export interface MatchNode {
  readonly match: string;
  /** Position of the rule in `layers`. */
  readonly rule: number;
  /** Of the JSON string, quotes included. */
  readonly offset: number;
  readonly length: number;
}

/** The `match` under an offset; null when something else is there. */
export function matchAt(tree: Node | null, offset: number): MatchNode | null {
  const node = tree ? findNodeAtOffset(tree, offset, true) : undefined;
  return node ? matchOf(node) : null;
}

/** Every `match` of the plan, in its order. */
export function allMatches(tree: Node | null): readonly MatchNode[] {
  const layers = tree?.children?.find((property) => property.children?.[0]?.value === 'layers')?.children?.[1];
  return (layers?.children ?? []).flatMap((rule) => {
    const value = rule.children?.find((property) => property.children?.[0]?.value === 'match')?.children?.[1];
    const found = value ? matchOf(value) : null;
    return found ? [found] : [];
  });
}

function matchOf(node: Node): MatchNode | null {
  if (node.type !== 'string' || typeof node.value !== 'string') return null;
  const [list, rule, key, ...deeper] = getNodePath(node);
  if (list !== 'layers' || typeof rule !== 'number' || key !== 'match' || deeper.length > 0) return null;
  // A property's key has the same path as its value.
  if (node.parent?.children?.[1] !== node) return null;
  return { match: node.value, rule, offset: node.offset, length: node.length };
}
