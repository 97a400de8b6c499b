/** What a key does in the layer table. */
export type TableAction =
  | { readonly kind: 'move'; readonly to: 'previous' | 'next' | 'pageUp' | 'pageDown' | 'first' | 'last'; readonly mode: 'select' | 'extend' | 'focus' }
  | { readonly kind: 'collapse' | 'expand' | 'selectAll' | 'toggle' | 'openMenu' | 'clear' | 'expandSiblings' }
  | { readonly kind: 'type'; readonly text: string };

const MOVES: Readonly<Record<string, 'previous' | 'next' | 'pageUp' | 'pageDown' | 'first' | 'last'>> = {
  ArrowUp: 'previous', ArrowDown: 'next', PageUp: 'pageUp', PageDown: 'pageDown', Home: 'first', End: 'last',
};

/** The keys of VS Code's own trees; null: not for the table. */
export function tableAction(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>): TableAction | null {
  const command = event.ctrlKey || event.metaKey;
  const move = Object.hasOwn(MOVES, event.key) ? MOVES[event.key] : undefined;
  if (move !== undefined && !event.altKey) return { kind: 'move', to: move, mode: event.shiftKey ? 'extend' : command ? 'focus' : 'select' };
  if (event.altKey) return null;
  switch (event.key) {
    case 'ArrowLeft': return command ? null : { kind: 'collapse' };
    case 'ArrowRight': return command ? null : { kind: 'expand' };
    case 'Enter': return { kind: 'openMenu' };
    case 'Escape': return { kind: 'clear' };
    case ' ': return { kind: 'toggle' };
    case 'a': return command ? { kind: 'selectAll' } : { kind: 'type', text: event.key };
    case '*': return { kind: 'expandSiblings' };
    default: return !command && isCharacter(event.key) ? { kind: 'type', text: event.key } : null;
  }
}

/** Keys that type something are named by what they type; all others have longer names. */
function isCharacter(key: string): boolean {
  return key.length === 1 || (key.length === 2 && (key.codePointAt(0) ?? 0) > 0xffff);
}
