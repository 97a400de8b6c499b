/** Imports point one way: onnx ← graph ← quant ← plan ← targets ← audit ← jobs ← engine ← { cli, extension }. */
const order = ['onnx', 'graph', 'quant', 'plan', 'targets', 'audit', 'jobs', 'engine'];

/** A room may import itself and the rooms before it. `records` and `ports` of jobs are plain types that the engine shares. */
const oneWay = order.map((room, index) => ({
  name: `${room}-imports-only-what-is-below`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: { path: `^src/(${[...order.slice(index + 1), 'cli', 'extension'].join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...oneWay,
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'pure-rooms',
      comment: 'What these rooms need from outside comes in through a small interface.',
      severity: 'error',
      from: { path: '^src/(onnx|graph|quant|plan|targets|audit)/' },
      to: { path: '(^|/)(vscode|onnxruntime-[a-z]+)(/|$)|^src/runtime/', dependencyTypesNot: ['type-only'] },
    },
    { name: 'pure-rooms-no-node', severity: 'error', from: { path: '^src/(onnx|graph|quant|plan|targets|audit)/' }, to: { dependencyTypes: ['core'] } },
    { name: 'only-extension-imports-vscode', severity: 'error', from: { pathNot: '^src/extension/' }, to: { path: '^vscode$|@types/vscode' } },
    { name: 'runtime-stands-apart', severity: 'error', from: { path: '^src/runtime/' }, to: { path: '^src/(graph|quant|plan|targets|audit|engine|cli|extension)/' } },
    { name: 'only-runtime-imports-onnxruntime', severity: 'error', from: { pathNot: '^src/runtime/' }, to: { path: 'onnxruntime-(node|web)' } },
    { name: 'cli-and-extension-apart', severity: 'error', from: { path: '^src/cli/' }, to: { path: '^src/extension/' } },
    { name: 'extension-and-cli-apart', severity: 'error', from: { path: '^src/extension/' }, to: { path: '^src/cli/' } },
    {
      name: 'webview-imports-contracts-only',
      severity: 'error',
      from: { path: '^webview/' },
      to: { path: '^src/', pathNot: '^src/(extension/editorApi|extension/comparisonApi|engine/api|jobs/records|graph/(layer|counting|explanation|memory/memoryProfile)|quant/(scheme|activationFormat)|plan/plan|onnx/dtypes|errors|format/.*)\\.ts$' },
    },
    { name: 'toolkit-only-in-ui', severity: 'error', from: { pathNot: '^webview/ui/' }, to: { path: '@vscode/webview-ui-toolkit' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^src/quant/kernels/assembly/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
