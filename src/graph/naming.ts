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
  private readonly taken = new Set<string>();
  private readonly nextNumber = new Map<string, number>();
  private readonly reserved: ReadonlySet<string>;

  /** `explicit`: the names that nodes of the main graph carry. */
  constructor(explicit: Iterable<string>) {
    this.reserved = new Set(explicit);
  }

  /** `prefix`: the caller's name and the body's, or '' in the main graph. */
  give(prefix: string, nodeName: string, op: string, position: number): string {
    const own = nodeName === '' ? `${op}_${String(position)}` : nodeName;
    const full = prefix === '' ? own : `${prefix}/${own.replace(/^\/+/, '')}`;
    const name = full.length <= MAX_NAME_LENGTH ? full : `${full.slice(0, MAX_NAME_LENGTH)}…`;
    const free = !this.taken.has(name) && (!this.reserved.has(name) || (prefix === '' && nodeName === name));
    return this.take(free ? name : this.numbered(name));
  }

  private numbered(base: string): string {
    let number = this.nextNumber.get(base) ?? 2;
    let name = `${base}#${String(number)}`;
    while (this.taken.has(name) || this.reserved.has(name)) {
      number += 1;
      name = `${base}#${String(number)}`;
    }
    this.nextNumber.set(base, number + 1);
    return name;
  }

  private take(name: string): string {
    this.taken.add(name);
    return name;
  }
}
