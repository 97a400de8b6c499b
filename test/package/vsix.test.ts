import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TARGETS, thisTarget } from '../../scripts/lib/runtimeFiles.mjs';
import { packageExtension } from '../../scripts/lib/vsix.mjs';
import { FETCHED_EARLY } from '../../src/extension/editorHtml';

/** A package is downloaded by everyone who installs it; 17 MB of it is the runtime. */
const MAX_PACKAGE_BYTES = 20_000_000;
/** What the page needs for its first paint; it is read over the wire when VS Code runs on another machine. */
const MAX_FIRST_PAINT_BYTES = 400_000;

/** Everything that a package may hold, as patterns; a file that none of them names fails the test, as does a pattern without a file. */
const EXPECTED = [
  /^package\.json$/,
  /^package\.nls\.json$/,
  /^l10n\/bundle\.l10n\.json$/,
  /^readme\.md$/,
  /^changelog\.md$/,
  /^LICENSE\.txt$/,
  /^ThirdPartyNotices\.txt$/,
  /^media\/nibble\.schema\.json$/,
  /^media\/([\w-]+\/)?[\w-]+\.(svg|png)$/,
  /^media\/sample\/(lenet5\.onnx|digits-depthwise\.onnx|samples\.npz|README\.md)$/,
  /^dist\/extension\.js$/,
  /^dist\/engine\.js$/,
  /^dist\/worker\.js$/,
  /^dist\/runner\.js$/,
  /^dist\/kernels\.wasm$/,
  /^dist\/webview\/(editor|chartLibrary|chunk)\.js$/,
  /^dist\/webview\/editor\.css$/,
  /^dist\/webview\/codicon\.ttf$/,
  /^dist\/node_modules\/onnxruntime-common\//,
  /^dist\/node_modules\/onnxruntime-node\//,
];

describe('the package of this platform', () => {
  let folder = '';
  let bytes = 0;
  let files: Record<string, Uint8Array> = {};

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nibble-package-'));
    const file = await packageExtension({ out: join(folder, 'nibble.vsix') });
    bytes = (await stat(file)).size;
    const prefix = 'extension/';
    files = Object.fromEntries(
      Object.entries(unzipSync(await readFile(file)))
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, content]) => [name.slice(prefix.length), content]),
    );
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('holds exactly what is expected', () => {
    const names = Object.keys(files);
    expect(names.filter((name) => !EXPECTED.some((pattern) => pattern.test(name)))).toEqual([]);
    expect(EXPECTED.filter((pattern) => !names.some((name) => pattern.test(name)))).toEqual([]);
  });

  it('holds the native runtime of this platform only', () => {
    const native = Object.keys(files).filter((name) => name.includes('/bin/napi-'));
    const [platform, architecture] = thisTarget().split('-');
    expect(native).toHaveLength(2);
    expect(native.every((name) => name.includes(`/${platform}/${architecture}/`))).toBe(true);
  });

  it('stays within its size', () => {
    expect(bytes).toBeLessThan(MAX_PACKAGE_BYTES);
    const firstPaint = ['editor.js', 'chunk.js', 'editor.css'].map((name) => files[`dist/webview/${name}`]?.length ?? Infinity);
    expect(firstPaint.reduce((sum, length) => sum + length)).toBeLessThan(MAX_FIRST_PAINT_BYTES);
  });

  it('has no script that the page would fetch late, which a page that is left at that moment would pay for', () => {
    const scripts = Object.keys(files).flatMap((name) => /^dist\/webview\/(.*\.js)$/.exec(name)?.[1] ?? []);
    expect(scripts.filter((name) => !['editor.js', 'chunk.js'].includes(name))).toEqual(FETCHED_EARLY);
  });

  it('builds no code from text in the page, which its content policy forbids', () => {
    const scripts = Object.keys(files).filter((name) => /^dist\/webview\/.*\.js$/.test(name));
    for (const name of scripts) {
      // The toolkit keeps one way for engines without `globalThis`, inside a try; no VS Code ever takes it.
      const script = Buffer.from(files[name]!).toString().replace('new Function("return this")', '');
      expect(/\beval\s*\(|\bnew Function\b|[^.\w$]Function\s*\(/.exec(script)?.[0]).toBeUndefined();
    }
  });

  it('names every file that the manifest asks for', () => {
    const manifest = Buffer.from(files['package.json'] ?? []).toString();
    const paths = [...manifest.matchAll(/"(?:\.\/)?((?:dist|media|l10n)\/[^"]+)"/g)].map(([, path]) => path ?? '');
    expect(paths).toContain('dist/extension.js');
    expect(paths.filter((path) => !(path in files))).toEqual([]);
  });
});

it('refuses a platform that it has no runtime for, and names those it has', async () => {
  await expect(packageExtension({ target: 'amiga-68k' })).rejects.toThrow(TARGETS.join(', '));
});
