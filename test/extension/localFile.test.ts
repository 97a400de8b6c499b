import { readFileSync } from 'node:fs';
import type { Uri as RealUri } from 'vscode';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { localFile, MAX_COPIED_BYTES } from '../../src/extension/localFile';
import { Scene } from './support/scene';
import { Uri, workspace } from './support/vscode';

const elsewhere = Uri.parse('archive:///models/net.onnx') as unknown as RealUri;

afterEach(() => { vi.restoreAllMocks(); });

describe('localFile', () => {
  it('reads a file on disk where it is', async () => {
    const scene = new Scene();
    expect(await localFile(scene.uri('net.onnx'), scene.uri('storage'))).toBe(scene.path('net.onnx'));
  });

  it('copies another up to the limit, under its own name', async () => {
    const scene = new Scene();
    vi.spyOn(workspace.fs, 'stat').mockResolvedValue({ size: MAX_COPIED_BYTES });
    vi.spyOn(workspace.fs, 'readFile').mockResolvedValue(new TextEncoder().encode('bytes'));
    const path = await localFile(elsewhere, scene.uri('storage'));
    expect(path).toMatch(/storage\/[0-9a-f]{16}\/net\.onnx$/);
    expect(readFileSync(path, 'utf8')).toBe('bytes');
  });

  it('refuses one above the limit and says what to do', async () => {
    const scene = new Scene();
    vi.spyOn(workspace.fs, 'stat').mockResolvedValue({ size: MAX_COPIED_BYTES + 1 });
    await expect(localFile(elsewhere, scene.uri('storage'))).rejects.toThrow(/net\.onnx.*537 MB.*local folder/);
  });
});
