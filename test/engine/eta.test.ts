import { describe, expect, it } from 'vitest';
import { EtaEstimator } from '../../src/engine/eta';
import type { Progress } from '../../src/jobs/records';

const at = (done: number, total = 100, step = 'a'): Progress => ({ step, done, total, unit: 'bytes' });

describe('EtaEstimator', () => {
  it('says nothing until the rate has settled, then the time left at the mean rate', () => {
    let now = 1000;
    const eta = new EtaEstimator(() => now);
    expect(eta.update(at(0))).toBeNull();
    now += 399;
    expect(eta.update(at(10))).toBeNull();
    now += 601;
    expect(eta.update(at(25))).toBe(3000);
    expect(eta.update(at(100))).toBe(0);
  });

  it('begins anew with each step and does not count what was done before it', () => {
    let now = 0;
    const eta = new EtaEstimator(() => now);
    eta.update(at(50, 100, 'first'));
    now = 1000;
    expect(eta.update(at(0, 10, 'second'))).toBeNull();
    now = 2000;
    expect(eta.update(at(5, 10, 'second'))).toBe(1000);
  });

  it('knows no time without a total or without movement', () => {
    let now = 0;
    const eta = new EtaEstimator(() => now);
    eta.update(at(0, 0));
    now = 1000;
    expect(eta.update(at(5, 0))).toBeNull();
    eta.update(at(5, 10, 'still'));
    now = 2000;
    expect(eta.update(at(5, 10, 'still'))).toBeNull();
  });
});
