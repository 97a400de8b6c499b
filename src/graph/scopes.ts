/** Deepest scope that is shown as levels of its own; real exporters reach about 12, a hostile name can hold thousands of slashes. */
export const MAX_SCOPE_DEPTH = 32;

/**
 * The name scopes that exporters write into node names, outermost first and without the node's own part:
 * `/layer1/layer1.0/conv1/Conv` → `layer1`, `layer1.0`, `conv1`; `model/conv/Conv2D` → `model`, `conv`; a name without
 * slashes has none. Deeper levels than `MAX_SCOPE_DEPTH` are joined into the last one.
 */
export function splitScopes(name: string): readonly string[] {
  if (!name.includes('/')) return NONE;
  const parts = name.split('/').filter((part) => part !== '');
  parts.pop();
  if (parts.length <= MAX_SCOPE_DEPTH) return parts;
  return [...parts.slice(0, MAX_SCOPE_DEPTH - 1), parts.slice(MAX_SCOPE_DEPTH - 1).join('/')];
}

const NONE: readonly string[] = [];

/** Splits many names in a row: neighbours in a graph are mostly of one scope, and then share its array. */
export class ScopeSplitter {
  /** The text up to and with the last slash of the name before. */
  private prefix = '';
  private scope: readonly string[] = NONE;

  split(name: string): readonly string[] {
    const shared = this.prefix !== '' && name.length > this.prefix.length && name.startsWith(this.prefix) && !name.includes('/', this.prefix.length);
    if (!shared) {
      this.prefix = name.slice(0, name.lastIndexOf('/') + 1);
      this.scope = splitScopes(name);
      // A name that ends in a slash has the part before as its own name.
      if (this.prefix === name) this.prefix = '';
    }
    return this.scope;
  }
}
