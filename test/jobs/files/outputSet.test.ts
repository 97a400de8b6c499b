import { linkSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createOutputs, removeAbandoned } from '../../../src/jobs/files/outputSet';
import type { OutputSet } from '../../../src/jobs/files/outputSet';
import { nodeOutputFs } from '../../../src/jobs/files/outputFs';
import type { OutputFs } from '../../../src/jobs/files/outputFs';
import { caught } from '../../support/caught';
import { tempFolder } from '../../support/tempFolder';

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

const bytes = new TextEncoder().encode('quantized');

/** One output, as most exports have. */
function createOutput(fs: OutputFs, path: string, size: number, inputs: readonly string[]): Promise<OutputSet> {
  return createOutputs(fs, [{ path, size, temporaryName: 'model', mustBeNew: false }], inputs);
}

async function writeAll({ files }: OutputSet): Promise<void> {
  await files[0]!.write(bytes, 0);
}

describe('createOutputs', () => {
  it('has its name only when it is complete', async () => {
    const folder = tempFolder();
    const output = await createOutput(nodeOutputFs, join(folder, 'out.onnx'), bytes.length, []);
    await output.files[0]!.write(bytes.subarray(4), 4);
    await output.files[0]!.write(bytes.subarray(0, 4), 0);
    expect(readdirSync(folder)).toEqual([basename(dirname(output.files[0]!.temporaryPath))]);
    await output.close();
    expect(readFileSync(output.files[0]!.temporaryPath, 'utf8')).toBe('quantized');
    await output.commit();
    await output.discard();
    expect(readdirSync(folder)).toEqual(['out.onnx']);
    expect(readFileSync(join(folder, 'out.onnx'), 'utf8')).toBe('quantized');
  });

  it('is on the disk before it has its name, and not waited for when it is discarded', async () => {
    const done: string[] = [];
    const fs: OutputFs = {
      ...nodeOutputFs,
      create: async (path, size) => {
        const handle = await nodeOutputFs.create(path, size);
        return { ...handle, write: (part, offset) => handle.write(part, offset), sync: async () => { await handle.sync(); done.push('sync'); } };
      },
      rename: async (from, to) => { await nodeOutputFs.rename(from, to); done.push('rename'); },
    };
    const output = await createOutput(fs, join(tempFolder(), 'out.onnx'), bytes.length, []);
    await writeAll(output);
    await output.commit();
    expect(done).toEqual(['sync', 'rename']);
    const discarded = await createOutput(fs, join(tempFolder(), 'out.onnx'), bytes.length, []);
    await discarded.discard();
    expect(done).toEqual(['sync', 'rename']);
  });

  it('replaces an older file, and leaves it alone when discarded', async () => {
    const folder = tempFolder();
    const path = join(folder, 'out.onnx');
    writeFileSync(path, 'older');
    const discarded = await createOutput(nodeOutputFs, path, bytes.length, []);
    await writeAll(discarded);
    await discarded.discard();
    expect(readFileSync(path, 'utf8')).toBe('older');
    const output = await createOutput(nodeOutputFs, path, bytes.length, []);
    await writeAll(output);
    await output.commit();
    expect(readFileSync(path, 'utf8')).toBe('quantized');
    expect(readdirSync(folder)).toEqual(['out.onnx']);
  });

  it('never replaces an input, however it is written', async () => {
    const folder = tempFolder();
    const input = join(folder, 'model.onnx');
    writeFileSync(input, 'original');
    symlinkSync(input, join(folder, 'link.onnx'));
    mkdirSync(join(folder, 'sub'));
    for (const path of [input, join(folder, 'link.onnx'), join(folder, 'sub', '..', 'model.onnx')]) {
      expect(await caught(() => createOutput(nodeOutputFs, path, 1, [input]))).toMatchObject({ reason: 'invalid-argument' });
    }
    linkSync(input, join(folder, 'hard.onnx'));
    const output = await createOutput(nodeOutputFs, join(folder, 'hard.onnx'), bytes.length, [input]);
    await writeAll(output);
    await output.commit();
    expect(readFileSync(input, 'utf8')).toBe('original');
  });

  it('refuses a folder as the target and a folder that does not exist', async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'out.onnx'));
    expect(await caught(() => createOutput(nodeOutputFs, join(folder, 'out.onnx'), 1, []))).toMatchObject({ reason: 'not-writable' });
    expect(await caught(() => createOutput(nodeOutputFs, join(folder, 'none', 'out.onnx'), 1, []))).toMatchObject({ reason: 'not-writable' });
  });

  it('never puts a file in the place of a device', async () => {
    const folder = tempFolder();
    symlinkSync('/dev/null', join(folder, 'link.onnx'));
    for (const path of [join(folder, 'link.onnx'), '/dev/null']) {
      // A fake that cannot write: were the check gone, the machine would lose its device.
      const fs: OutputFs = { ...nodeOutputFs, makeFolder: () => Promise.reject(systemError('EROFS')) };
      expect(await caught(() => createOutput(fs, path, 1, []))).toMatchObject({ reason: 'not-writable', message: `${path} cannot be written, because a device or a pipe has that name. Choose another name.` });
    }
  });

  it('replaces a data file only when told to', async () => {
    const path = join(tempFolder(), 'weights.bin');
    writeFileSync(path, 'of another model');
    expect(await caught(() => createOutputs(nodeOutputFs, [{ path, size: 1, temporaryName: 'x', mustBeNew: true }], []))).toMatchObject({ reason: 'not-writable' });
  });

  it.each([
    ['EACCES', 'not-writable'],
    ['EROFS', 'not-writable'],
    ['EPERM', 'not-writable'],
    ['ENOSPC', 'disk-full'],
    ['EDQUOT', 'disk-full'],
    ['EIO', 'not-writable'],
  ])('explains %s when the file cannot be created', async (code, reason) => {
    const fs: OutputFs = { ...nodeOutputFs, create: () => Promise.reject(systemError(code)) };
    const error = await caught(() => createOutput(fs, join(tempFolder(), 'out.onnx'), 1, []));
    expect(error).toMatchObject({ reason, cause: { code } });
    expect(error.message).toContain('out.onnx');
  });

  it('knows before it starts that the disk has no room, down to the byte', async () => {
    const path = join(tempFolder(), 'out.onnx');
    const fs: OutputFs = { ...nodeOutputFs, freeBytes: () => Promise.resolve(1000) };
    expect(await caught(() => createOutput(fs, path, 1001, []))).toMatchObject({ reason: 'disk-full' });
    await (await createOutput(fs, path, 1000, [])).discard();
  });

  it('leaves nothing when the disk fills up while writing or the rename fails', async () => {
    const folder = tempFolder();
    const full: OutputFs = {
      ...nodeOutputFs,
      async create(path, size) {
        return { ...(await nodeOutputFs.create(path, size)), write: () => Promise.reject(systemError('ENOSPC')) };
      },
    };
    const output = await createOutput(full, join(folder, 'out.onnx'), 9, []);
    expect(await caught(() => writeAll(output))).toMatchObject({ reason: 'disk-full' });
    await output.discard();

    const stuck: OutputFs = { ...nodeOutputFs, rename: () => Promise.reject(systemError('EPERM')) };
    const other = await createOutput(stuck, join(folder, 'out.onnx'), 9, []);
    expect(await caught(() => other.commit())).toMatchObject({ reason: 'not-writable' });
    await other.discard();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('removes a data file again when the model beside it cannot get its name', async () => {
    const folder = tempFolder();
    const stuck: OutputFs = { ...nodeOutputFs, rename: (from, to) => (to.endsWith('.onnx') ? Promise.reject(systemError('EPERM')) : nodeOutputFs.rename(from, to)) };
    const requests = [{ path: join(folder, 'out.data'), size: 1, temporaryName: 'out.data', mustBeNew: false }, { path: join(folder, 'out.onnx'), size: 1, temporaryName: 'model', mustBeNew: false }];
    const output = await createOutputs(stuck, requests, []);
    expect(await caught(() => output.commit())).toMatchObject({ reason: 'not-writable', subject: { file: join(folder, 'out.onnx') } });
    await output.discard();
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('removeAbandoned', () => {
  it('removes what a killed process left for the same target, and nothing else', async () => {
    const folder = tempFolder();
    const free = 2 ** 22 + 1;
    for (const name of [`.out.onnx.${free}.aa.nibble-tmp`, `.out.onnx.${process.pid}.bb.nibble-tmp`, `.other.onnx.${free}.cc.nibble-tmp`, '.out.onnx.x.nibble-tmp', 'out.onnx']) {
      writeFileSync(join(folder, name), '');
    }
    await removeAbandoned(nodeOutputFs, join(folder, 'out.onnx'));
    expect(readdirSync(folder).sort()).toEqual([`.other.onnx.${free}.cc.nibble-tmp`, `.out.onnx.${process.pid}.bb.nibble-tmp`, '.out.onnx.x.nibble-tmp', 'out.onnx'].sort());
  });
});
