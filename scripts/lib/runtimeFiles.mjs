// @ts-check
// Which files of onnxruntime each platform's package carries.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Only what loading the binding needs. DirectML, dxil and dxcompiler are loaded on first use of a GPU, which Nibble never does. */
const NATIVE = {
  'linux-x64': ['linux/x64/onnxruntime_binding.node', 'linux/x64/libonnxruntime.so.1'],
  'linux-arm64': ['linux/arm64/onnxruntime_binding.node', 'linux/arm64/libonnxruntime.so.1'],
  'darwin-arm64': ['darwin/arm64/onnxruntime_binding.node', 'darwin/arm64/libonnxruntime.1.dylib'],
  'win32-x64': ['win32/x64/onnxruntime_binding.node', 'win32/x64/onnxruntime.dll'],
  'win32-arm64': ['win32/arm64/onnxruntime_binding.node', 'win32/arm64/onnxruntime.dll'],
};

/** Platforms for which onnxruntime has no native files: they run its WebAssembly build. */
const WASM = ['darwin-x64', 'alpine-x64', 'alpine-arm64', 'linux-armhf'];

/** Every platform that a package can be made for. */
export const TARGETS = [...Object.keys(NATIVE), ...WASM];

/** The target that fits this machine. */
export function thisTarget() {
  return `${process.platform}-${process.arch}`;
}

/**
 * The runtime's files for a target, as pairs: where it is in node_modules, and where it stands in the package.
 * @param {string} target
 * @returns {{ from: string, to: string }[]}
 */
export function runtimeFiles(target) {
  const native = /** @type {Record<string, string[] | undefined>} */ (NATIVE)[target];
  const files = native
    ? ['package.json', 'dist/index.js', 'dist/backend.js', 'dist/binding.js', 'dist/version.js', ...native.map((file) => `bin/napi-v6/${file}`)].map((file) => `onnxruntime-node/${file}`)
    : ['package.json', 'dist/ort.node.min.js', 'dist/ort.node.min.mjs', 'dist/ort-wasm-simd-threaded.mjs', 'dist/ort-wasm-simd-threaded.wasm'].map((file) => `onnxruntime-web/${file}`);
  files.push('onnxruntime-common/package.json', ...commonModules().map((file) => `onnxruntime-common/dist/cjs/${file}`));
  return files.map((file) => ({ from: join('node_modules', file), to: `dist/node_modules/${file}` }));
}

/** The modules that onnxruntime-common's entry reaches, found by following its imports. */
function commonModules() {
  const folder = 'node_modules/onnxruntime-common/dist/cjs';
  const seen = new Set(['index.js']);
  for (const file of seen) {
    for (const [, name] of readFileSync(join(folder, file), 'utf8').matchAll(/require\("\.\/([^"]+)"\)/g)) seen.add(String(name));
  }
  return ['package.json', ...[...seen].sort()];
}
