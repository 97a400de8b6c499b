import { int, ints } from '../onnxBuilder';
import { Network } from './network';

/** Q, K and V split into heads, softmax of their products, and the projection back: the decomposed form that exporters write. */
function selfAttention(net: Network, x: string, width: number, heads: number, fused: boolean): string {
  const head = width / heads;
  const split = net.integers(0, 0, heads, head);
  const toHeads = (y: string, perm: readonly number[]): string => net.add('Transpose', [net.add('Reshape', [y, split])], { perm: ints(...perm) });
  const projections = fused ? thirds(net, net.linear(x, width, 3 * width), width) : [0, 1, 2].map(() => net.linear(x, width, width));
  const [q, k, v] = projections.map((y, index) => toHeads(y, index === 1 ? [0, 2, 3, 1] : [0, 2, 1, 3])) as [string, string, string];
  const scores = net.add('Softmax', [net.add('Div', [net.add('MatMul', [q, k]), net.integers(8)])], { axis: int(-1) });
  const mixed = net.add('Transpose', [net.add('MatMul', [scores, v])], { perm: ints(0, 2, 1, 3) });
  return net.linear(net.add('Reshape', [mixed, net.integers(0, 0, width)]), width, width);
}

/** The three parts of a fused projection. */
function thirds(net: Network, x: string, width: number): readonly string[] {
  return [0, 1, 2].map((part) => net.add('Slice', [x, net.integers(part * width), net.integers((part + 1) * width), net.integers(-1)]));
}

function feedForward(net: Network, x: string, width: number): string {
  return net.linear(net.add('Relu', [net.linear(x, width, 4 * width)]), 4 * width, width);
}

/** BERT base, uncased, with its pooler. */
export function bertBase(tokens: number | string): Uint8Array {
  const net = new Network();
  const ids = net.input('input_ids', 'int64', [1, tokens]);
  const types = net.input('token_type_ids', 'int64', [1, tokens]);
  const words = net.embedding(ids, 30522, 768);
  const table = net.weight(512, 768);
  const length = net.add('Unsqueeze', [net.add('Gather', [net.add('Shape', [ids]), net.integers(1)], {}), net.integers(0)]);
  const positions = net.add('Slice', [table, net.integers(0), net.add('Reshape', [length, net.integers(1)]), net.integers(0)]);
  let x = net.layerNorm(net.add('Add', [net.add('Add', [words, positions]), net.embedding(types, 2, 768)]), 768);
  for (let layer = 0; layer < 12; layer += 1) {
    x = net.layerNorm(net.add('Add', [selfAttention(net, x, 768, 12, false), x]), 768);
    x = net.layerNorm(net.add('Add', [feedForward(net, x, 768), x]), 768);
  }
  const first = net.add('Squeeze', [net.add('Slice', [x, net.integers(0), net.integers(1), net.integers(1)]), net.integers(1)]);
  return net.build(net.add('Tanh', [net.gemm(first, 768, 768)]));
}

/** GPT-2 small; with `head` its logits are computed with the embedding table, transposed. */
export function gpt2(tokens: number, head: boolean): Uint8Array {
  const net = new Network();
  const ids = net.input('input_ids', 'int64', [1, tokens]);
  const table = net.weight(50257, 768);
  const positions = net.add('Slice', [net.weight(1024, 768), net.integers(0), net.integers(tokens), net.integers(0)]);
  let x = net.add('Add', [net.add('Gather', [table, ids]), positions]);
  for (let layer = 0; layer < 12; layer += 1) {
    x = net.add('Add', [selfAttention(net, net.layerNorm(x, 768), 768, 12, true), x]);
    x = net.add('Add', [feedForward(net, net.layerNorm(x, 768), 768), x]);
  }
  x = net.layerNorm(x, 768);
  return net.build(head ? net.add('MatMul', [x, net.add('Transpose', [table], { perm: ints(1, 0) })]) : x);
}

/** ViT-B/16 for 224 pixels. */
export function visionTransformer(): Uint8Array {
  const net = new Network();
  const patches = net.conv(net.input('image', 'float', [1, 3, 224, 224]), 3, 768, 16, { stride: 16, pad: 0 });
  const sequence = net.add('Transpose', [net.add('Reshape', [patches, net.integers(0, 768, -1)])], { perm: ints(0, 2, 1) });
  let x = net.add('Add', [net.add('Concat', [net.weight(1, 1, 768), sequence], { axis: int(1) }), net.weight(1, 197, 768)]);
  for (let layer = 0; layer < 12; layer += 1) {
    x = net.add('Add', [selfAttention(net, net.layerNorm(x, 768), 768, 12, true), x]);
    x = net.add('Add', [feedForward(net, net.layerNorm(x, 768), 768), x]);
  }
  const first = net.add('Gather', [net.layerNorm(x, 768), net.integers(0)], { axis: int(1) });
  return net.build(net.gemm(net.add('Flatten', [first]), 768, 1000));
}

/** Multi-head attention alone: width 256, 8 heads, 128 tokens. */
export function multiHeadAttention(): Uint8Array {
  const net = new Network();
  return net.build(selfAttention(net, net.input('x', 'float', [1, 128, 256]), 256, 8, true));
}
