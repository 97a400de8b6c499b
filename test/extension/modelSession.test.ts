import { describe, expect, it } from 'vitest';
import { NibbleError } from '../../src/errors';
import { ModelSession } from '../../src/extension/modelSession';
import { fakeAnalysis } from '../engine/support/fakeAnalysis';
import { PretendEngine } from './support/pretendEngine';

const COUNT = 12;
const FIRST = 5;

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A model of twelve layers of which five come at once; the others wait for `arrive`. */
function opening(): { session: ModelSession; engine: PretendEngine; arrive: () => void; fail: (error: Error) => void; loaded: Promise<void>; changes: (readonly [revision: number, shown: number, complete: boolean])[] } {
  const engine = new PretendEngine(fakeAnalysis('net.onnx', COUNT));
  engine.firstRows = FIRST;
  engine.blocks = [{ scope: [], first: 0, entries: 1, count: 2, layers: 4 }];
  let arrive = (): void => undefined;
  let fail: (error: Error) => void = () => undefined;
  engine.gate = new Promise((resolve, reject) => { [arrive, fail] = [resolve, reject]; });
  const session = new ModelSession(engine.client, '/net.onnx', log);
  const changes: (readonly [number, number, boolean])[] = [];
  session.onDidChangeModel(() => changes.push([session.modelRevision, (session.loaded ?? session.opening)?.layers.length ?? 0, session.loaded !== null]));
  return { session, engine, arrive, fail, loaded: session.load(), changes };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
const indices = (layers: readonly { readonly index: number }[]): readonly number[] => layers.map(({ index }) => index);

describe('opening a large model', () => {
  it('shows the first rows with the totals before the others are here, and the whole as the same layers', async () => {
    const { session, arrive, loaded, changes } = opening();
    await settled();
    expect(session.opening).toMatchObject({ layerCount: COUNT, totals: { parameters: COUNT * 256 } });
    expect(indices(await session.rows(0, 3))).toEqual([0, 1, 2]);
    expect(session.layer(FIRST - 1)?.index).toBe(FIRST - 1);
    arrive();
    await loaded;
    expect(session.opening).toBeNull();
    expect(session.loaded?.blocks).toHaveLength(1);
    expect(changes).toEqual([[1, FIRST, false], [1, COUNT, true]]);
  });

  it('lets a request for later rows wait for them', async () => {
    const { session, arrive } = opening();
    await settled();
    const asked = session.rows(3, 6);
    arrive();
    expect(indices(await asked)).toEqual([3, 4, 5, 6, 7, 8]);
  });

  it('answers questions about the first rows', async () => {
    const { session, arrive, loaded } = opening();
    await settled();
    expect(await session.formats(0)).not.toHaveLength(0);
    arrive();
    await loaded;
  });

  it('says why when the others do not come, and shows no rows then', async () => {
    const { session, fail, loaded, changes } = opening();
    await settled();
    const asked = session.rows(3, 6);
    fail(new NibbleError('not-found', 'The file is gone.'));
    await loaded;
    expect(await asked).toEqual([]);
    expect(session.failure?.reason).toBe('not-found');
    expect(changes).toEqual([[1, FIRST, false], [2, 0, false]]);
  });

  it('keeps the model that is shown until all of the next one is here', async () => {
    const { session, engine, arrive, loaded, changes } = opening();
    arrive();
    await loaded;
    engine.gate = new Promise(() => undefined);
    void session.load();
    await settled();
    expect(session.opening).toBeNull();
    expect(session.loaded?.layers).toHaveLength(COUNT);
    expect(changes.at(-1)).toEqual([1, COUNT, true]);
  });

  it('drops first rows that another load has overtaken', async () => {
    const { session, engine, arrive, loaded, changes } = opening();
    await settled();
    engine.gate = Promise.resolve();
    await session.load();
    arrive();
    await loaded;
    expect(session.loaded?.layers).toHaveLength(COUNT);
    expect(changes).toEqual([[1, FIRST, false], [2, FIRST, false], [2, COUNT, true]]);
    expect(engine.asked).toContain('close');
  });
});
