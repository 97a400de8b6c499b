import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { AbortListeners } from '../../src/engine/abortListeners';

it('listens once to a signal however many callbacks there are, and not at all when none is left', () => {
  const listeners = new AbortListeners();
  const { signal } = new AbortController();
  const callbacks = Array.from({ length: 50 }, () => (): void => undefined);
  for (const callback of callbacks) listeners.add(signal, callback);
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  for (const callback of callbacks) listeners.remove(signal, callback);
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

it('calls those that are left, also when one removes itself on the way', () => {
  const listeners = new AbortListeners();
  const [first, second] = [new AbortController(), new AbortController()];
  const called: string[] = [];
  const gone = (): void => { called.push('gone'); };
  const selfRemoving = (): void => {
    called.push('first');
    listeners.remove(first.signal, selfRemoving);
  };
  listeners.add(first.signal, gone);
  listeners.add(first.signal, selfRemoving);
  listeners.add(first.signal, () => called.push('last'));
  listeners.add(second.signal, () => called.push('other signal'));
  listeners.remove(first.signal, gone);
  first.abort();
  expect(called).toEqual(['first', 'last']);
});
