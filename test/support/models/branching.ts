import { int, ints } from '../onnxBuilder';
import { Network } from './network';

/** Layers that each read the results of all before them. */
export function denseBlock(): Uint8Array {
  const net = new Network();
  const parts = [net.conv(net.input('image', 'float', [1, 3, 32, 32]), 3, 16, 3)];
  for (let layer = 0; layer < 6; layer += 1) {
    const joined = parts.length === 1 ? parts[0]! : net.add('Concat', parts, { axis: int(1) });
    parts.push(net.add('Relu', [net.conv(net.add('Relu', [joined]), 16 + 8 * layer, 8, 3)]));
  }
  return net.build(net.add('GlobalAveragePool', [net.add('Concat', parts, { axis: int(1) })]));
}

/** Branches of different depth that meet again. */
export function inception(): Uint8Array {
  const net = new Network();
  let x = net.input('image', 'float', [2, 16, 28, 28]);
  for (let block = 0; block < 3; block += 1) {
    const reduced = net.add('Relu', [net.conv(x, 16, 8, 1)]);
    const wide = net.add('Relu', [net.conv(net.add('Relu', [net.conv(reduced, 8, 8, 3)]), 8, 4, 3)]);
    const pooled = net.conv(net.maxPool(x, 3, 1, 1), 16, 4, 1);
    x = net.add('Concat', [reduced, wide, pooled], { axis: int(1) });
  }
  return net.build(x);
}

/** An hourglass: maps of the way down are needed on the way up. */
export function hourglass(): Uint8Array {
  const net = new Network();
  let x = net.input('image', 'float', [1, 4, 64, 64]);
  const skipped: string[] = [];
  for (let level = 0; level < 3; level += 1) {
    skipped.push((x = net.add('Relu', [net.conv(x, 4 * 2 ** level, 4 * 2 ** level, 3)])));
    x = net.add('Relu', [net.conv(x, 4 * 2 ** level, 8 * 2 ** level, 3, { stride: 2 })]);
  }
  for (let level = 2; level >= 0; level -= 1) {
    const up = net.add('ConvTranspose', [x, net.weight(8 * 2 ** level, 4 * 2 ** level, 2, 2)], { strides: ints(2, 2) });
    x = net.add('Sigmoid', [net.add('Add', [up, skipped[level]!])]);
  }
  return net.build(x);
}

/** One input cut in parts of which some are never read. */
export function split(): Uint8Array {
  const net = new Network();
  const x = net.add('Relu', [net.input('x', 'float', [1, 12, 50])]);
  const first = net.add('Split', [x], { axis: int(1) }, 3);
  const mixed = net.add('Mul', [net.add('Sigmoid', [first]), net.add('Tanh', [first])]);
  return net.build(net.add('Add', [mixed, net.add('Identity', [first])]));
}
