import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openFileSource } from '../../../src/jobs/files/fileSource';
import { modelFolder } from '../../../src/jobs/files/siblingFiles';
import { caught } from '../../support/caught';
import { tempFolder } from '../../support/tempFolder';

function file(content: string, name = 'model.onnx', folder = tempFolder()): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('openFileSource', () => {
  it('reads any range', () => {
    const source = openFileSource(file('abcdefgh'));
    const target = new Uint8Array(3);
    source.readInto(target, 2);
    expect(Buffer.from(target).toString()).toBe('cde');
    expect(source.size).toBe(8);
    source.close();
    source.close();
  });

  it('refuses a named pipe at once, though nobody writes to it', async () => {
    const path = join(tempFolder(), 'pipe.onnx');
    execFileSync('mkfifo', [path]);
    expect(await caught(() => openFileSource(path))).toMatchObject({ reason: 'unreadable', subject: { file: path } });
  });

  it('names a file that is not there, a folder, and an empty path', async () => {
    const folder = tempFolder();
    expect(await caught(() => openFileSource(join(folder, 'none.onnx')))).toMatchObject({ reason: 'not-found', subject: { file: join(folder, 'none.onnx') } });
    expect(await caught(() => openFileSource(folder))).toMatchObject({ reason: 'unreadable' });
    expect(await caught(() => openFileSource(join(file('x'), 'below')))).toMatchObject({ reason: 'not-found' });
  });

  it('tells a short file from one that was cut off while open', async () => {
    const path = file('abcdefgh');
    const source = openFileSource(path);
    expect(await caught(() => { source.readInto(new Uint8Array(9), 0); })).toMatchObject({ reason: 'truncated' });
    truncateSync(path, 4);
    expect(await caught(() => { source.readInto(new Uint8Array(8), 0); })).toMatchObject({ reason: 'changed' });
    source.close();
  });

  it.each([
    ['grew', (path: string) => { appendFileSync(path, 'more'); }],
    ['was written anew', (path: string) => { utimesSync(path, new Date(), new Date(Date.now() + 5000)); }],
    ['was replaced', (path: string) => { renameSync(file('abcdefgh', 'other'), path); }],
    ['vanished', (path: string) => { rmSync(path); }],
  ])('notices that the file %s', async (_, change) => {
    const path = file('abcdefgh');
    const source = openFileSource(path);
    source.checkUnchanged();
    change(path);
    expect(await caught(() => { source.checkUnchanged(); })).toMatchObject({ reason: 'changed' });
    source.close();
  });
});

describe('modelFolder', () => {
  it('says what a folder under the name of a data file is in the way of', async () => {
    const model = file('model');
    mkdirSync(join(model, '..', 'weights.bin'));
    const error = await caught(() => modelFolder(model).open('weights.bin'));
    expect(error).toMatchObject({ reason: 'unreadable', message: expect.stringMatching(/weights\.bin is a folder\. The model keeps weights under that name/) as string });
  });

  it('opens files in and below the folder', () => {
    const model = file('model');
    mkdirSync(join(model, '..', 'data'));
    file('weights', 'data/weights.bin', join(model, '..'));
    expect(modelFolder(model).open('data/weights.bin').size).toBe(7);
  });

  it.each(['../outside', '/etc/hostname', '', 'a\0b', 'data/../../outside'])('refuses %j', async (location) => {
    expect(await caught(() => modelFolder(file('model')).open(location))).toMatchObject({ reason: 'unsafe-path' });
  });

  it('refuses a link that leads out of the folder', async () => {
    const model = file('model');
    symlinkSync(file('secret', 'secret.txt'), join(model, '..', 'weights.bin'));
    expect(await caught(() => modelFolder(model).open('weights.bin'))).toMatchObject({ reason: 'unsafe-path' });
  });

  it('follows links when the model and its data are links into one folder, as download caches make them', () => {
    const store = tempFolder();
    const folder = tempFolder();
    for (const name of ['model.onnx', 'weights.bin']) symlinkSync(file(name, `stored-${name}`, store), join(folder, name));
    expect(modelFolder(join(folder, 'model.onnx')).open('weights.bin').size).toBe(11);
  });

  it('says which data file is missing', async () => {
    const error = await caught(() => modelFolder(file('model')).open('weights.bin'));
    expect(error.reason).toBe('not-found');
    expect(error.message).toContain('weights.bin');
  });
});
