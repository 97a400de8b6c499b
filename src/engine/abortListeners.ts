/**
 * Callbacks for the abort of signals, with one listener on each signal however many calls share it. Node takes more than
 * ten listeners on one signal for a leak.
 */
export class AbortListeners {
  private readonly groups = new Map<AbortSignal, { readonly callbacks: Set<() => void>; readonly listener: () => void }>();

  add(signal: AbortSignal, callback: () => void): void {
    const known = this.groups.get(signal);
    if (known) {
      known.callbacks.add(callback);
      return;
    }
    const callbacks = new Set([callback]);
    const listener = (): void => { for (const each of [...callbacks]) each(); };
    this.groups.set(signal, { callbacks, listener });
    signal.addEventListener('abort', listener);
  }

  remove(signal: AbortSignal, callback: () => void): void {
    const group = this.groups.get(signal);
    if (!group?.callbacks.delete(callback) || group.callbacks.size > 0) return;
    this.groups.delete(signal);
    signal.removeEventListener('abort', group.listener);
  }
}
