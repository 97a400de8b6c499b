/** Longest layer name; longer ones are cut, because names repeat in every row below a body's caller. */
export const MAX_NAME_LENGTH = 1024;

/**
 * Gives every layer a name of its own.
 * - A node of the main graph keeps its name; the second node of that name becomes `name#2`, and so on.
 * - A node without a name becomes `Op_<n>`, n being its position in its graph, so that edits elsewhere do not rename it.
 * - A node of a body is called `caller/body/node` (`If_0/then_branch/Conv_1`).
 * A name that some node of the main graph carries is never given to another one. Linear in the number of nodes.
 */
export class LayerNames {
  /** Names that are given out (true) and names that wait for the node of the main graph that carries them (false). */
  private readonly given: Map<string, boolean>;
  private readonly nextNumber = new Map<string, number>();

  /** `explicit`: the names that nodes of the main graph carry. */
  constructor(explicit: Iterable<string>) {
    this.given = new Map();
    for (const name of explicit) this.given.set(name, false);
  }

  /** `prefix`: the caller's name and the body's, or '' in the main graph. */
  give(prefix: string, nodeName: string, op: string, position: number): string {
    const own = nodeName === '' ? `${op}_${String(position)}` : nodeName;
    const full = prefix === '' ? own : `${prefix}/${own.replace(/^\/+/, '')}`;
    const name = full.length <= MAX_NAME_LENGTH ? full : `${full.slice(0, MAX_NAME_LENGTH)}…`;
    const state = this.given.get(name);
    const free = state === undefined || (!state && prefix === '' && nodeName === name);
    const result = free ? name : this.numbered(name);
    this.given.set(result, true);
    return result;
  }

  private numbered(base: string): string {
    let number = this.nextNumber.get(base) ?? 2;
    let name = `${base}#${String(number)}`;
    while (this.given.has(name)) {
      number += 1;
      name = `${base}#${String(number)}`;
    }
    this.nextNumber.set(base, number + 1);
    return name;
  }
}
