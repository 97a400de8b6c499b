import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NibbleError } from '../../../src/errors';
import { readSmallFile } from '../../../src/jobs/files/readSmallFile';
import { tempFolder } from '../../support/tempFolder';

const rules = { maxBytes: 4, tooLarge: (bytes: number) => new NibbleError('limit', `${bytes} bytes`), remedy: 'Choose another.' };

describe('a small file', () => {
  it('is read whole up to its limit, and not beyond', () => {
    const path = join(tempFolder(), 'file');
    writeFileSync(path, '1234');
    expect(readSmallFile(path, rules).toString()).toBe('1234');
    writeFileSync(path, '12345');
    expect(() => readSmallFile(path, rules)).toThrow(expect.objectContaining({ reason: 'limit', message: '5 bytes' }) as Error);
  });

  it('is not waited for, and is named, where something else stands', () => {
    const folder = tempFolder();
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    mkdirSync(join(folder, 'sub'));
    expect(() => readSmallFile(pipe, rules)).toThrow(expect.objectContaining({ reason: 'unreadable', message: `${pipe} is not a regular file. Choose another.` }) as Error);
    expect(() => readSmallFile(join(folder, 'sub'), { ...rules, maxBytes: 2 ** 20 })).toThrow(expect.objectContaining({ reason: 'unreadable' }) as Error);
    expect(() => readSmallFile(join(folder, 'none'), rules)).toThrow(expect.objectContaining({ reason: 'not-found' }) as Error);
  });
});
