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
