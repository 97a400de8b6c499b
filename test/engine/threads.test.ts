import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { threadsFor } from '../../src/engine/jobService';

const MIB = 2 ** 20;

describe('threadsFor', () => {
  it.each([
    ['as many as asked for', { threads: 3, memoryLimitBytes: 1024 * MIB }, 3],
    ['as many as there are cores when none are asked for', { threads: 0, memoryLimitBytes: 2 ** 40 }, availableParallelism()],
    ['what fits into the memory limit', { threads: 8, memoryLimitBytes: 128 * MIB }, 2],
    ['just not one more', { threads: 8, memoryLimitBytes: 192 * MIB - 1 }, 2],
    ['at least one', { threads: 8, memoryLimitBytes: 1 }, 1],
  ])('is %s', (_name, settings, threads) => {
    expect(threadsFor(settings)).toBe(threads);
  });
});
