import { floats, int, ints, text } from '../onnxBuilder';
import { Network } from './network';

/** Where batch normalization is: folded into the convolutions before it, or nodes of its own. */
export type BatchNorm = 'folded' | 'apart';

/** VGG-16 (configuration D). */
export function vgg16(size = 224): Uint8Array {
  return vgg([2, 2, 3, 3, 3], size);
}

/** VGG with so many convolutions in each of its five stages, and three fully connected layers; above 224 pixels the features are pooled to 7×7. */
export function vgg(depths: readonly number[], size = 224): Uint8Array {
  const net = new Network();
  let x = net.input('image', 'float', [1, 3, size, size]);
  let channels = 3;
  for (const [stage, width] of [64, 128, 256, 512, 512].entries()) {
    for (let layer = 0; layer < depths[stage]!; layer += 1) {
      x = net.add('Relu', [net.conv(x, channels, width, 3)]);
      channels = width;
    }
    x = net.maxPool(x, 2, 2);
  }
  if (size > 224) x = net.add('AveragePool', [x], { kernel_shape: ints(9, 9) });
  x = net.add('Flatten', [x]);
  x = net.add('Relu', [net.gemm(x, 512 * 49, 4096)]);
  x = net.add('Relu', [net.gemm(x, 4096, 4096)]);
  return net.build(net.gemm(x, 4096, 1000));
}

/** ResNet-18 for 224 pixels. */
export function resNet18(batchNorm: BatchNorm): Uint8Array {
  const net = new Network();
  const unit = (x: string, from: number, to: number, kernel: number, stride: number): string => {
    const y = net.conv(x, from, to, kernel, { stride, bias: batchNorm === 'folded' });
    return batchNorm === 'folded' ? y : net.batchNorm(y, to);
  };
  let x = net.add('Relu', [unit(net.input('image', 'float', [1, 3, 224, 224]), 3, 64, 7, 2)]);
  x = net.maxPool(x, 3, 2, 1);
  let channels = 64;
  for (const width of [64, 128, 256, 512]) {
    for (let block = 0; block < 2; block += 1) {
      const stride = block === 0 && width > 64 ? 2 : 1;
      const inner = net.add('Relu', [unit(x, channels, width, 3, stride)]);
      const residual = unit(inner, width, width, 3, 1);
      const shortcut = stride === 2 ? unit(x, channels, width, 1, 2) : x;
      x = net.add('Relu', [net.add('Add', [residual, shortcut])]);
      channels = width;
    }
  }
  x = net.add('Flatten', [net.add('GlobalAveragePool', [x])]);
  return net.build(net.gemm(x, 512, 1000));
}

/** MobileNet v2 1.0 for 224 pixels: inverted residuals with depthwise convolutions. */
export function mobileNetV2(batchNorm: BatchNorm): Uint8Array {
  const net = new Network();
  const unit = (x: string, from: number, to: number, kernel: number, stride: number, groups = 1): string => {
    const y = net.conv(x, from, to, kernel, { stride, groups, bias: batchNorm === 'folded' });
    return batchNorm === 'folded' ? y : net.batchNorm(y, to);
  };
  const clip = (x: string): string => net.add('Relu', [x]);
  let x = clip(unit(net.input('image', 'float', [1, 3, 224, 224]), 3, 32, 3, 2));
  let channels = 32;
  for (const [expansion, width, repeats, firstStride] of [[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 3, 2], [6, 64, 4, 2], [6, 96, 3, 1], [6, 160, 3, 2], [6, 320, 1, 1]] as const) {
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      const stride = repeat === 0 ? firstStride : 1;
      const hidden = channels * expansion;
      const expanded = expansion === 1 ? x : clip(unit(x, channels, hidden, 1, 1));
      const projected = unit(clip(unit(expanded, hidden, hidden, 3, stride, hidden)), hidden, width, 1, 1);
      x = stride === 1 && channels === width ? net.add('Add', [x, projected]) : projected;
      channels = width;
    }
  }
  x = clip(unit(x, 320, 1280, 1, 1));
  x = net.add('Flatten', [net.add('GlobalAveragePool', [x])]);
  return net.build(net.gemm(x, 1280, 1000));
}

/** One operator with its weights, as counters are compared on. */
export const singleLayers: Readonly<Record<string, () => Uint8Array>> = {
  conv: () => {
    const net = new Network();
    return net.build(net.conv(net.input('x', 'float', [1, 64, 56, 56]), 64, 64, 3));
  },
  convTranspose: () => {
    const net = new Network();
    const x = net.input('x', 'float', [1, 64, 32, 32]);
    return net.build(net.add('ConvTranspose', [x, net.weight(64, 32, 4, 4), net.weight(32)], { strides: ints(2, 2), pads: ints(1, 1, 1, 1) }));
  },
  lstm: () => recurrent('LSTM', 4),
  gru: () => recurrent('GRU', 3),
  batchNorm: () => {
    const net = new Network();
    return net.build(net.batchNorm(net.input('x', 'float', [1, 64, 56, 56]), 64));
  },
  softmax: () => {
    const net = new Network();
    return net.build(net.add('Softmax', [net.input('x', 'float', [128, 128])]));
  },
  sigmoid: () => {
    const net = new Network();
    return net.build(net.add('Sigmoid', [net.input('x', 'float', [1, 64, 56, 56])]));
  },
  maxPool: () => {
    const net = new Network();
    return net.build(net.maxPool(net.input('x', 'float', [1, 64, 112, 112]), 3, 2, 1));
  },
  upsample: () => {
    const net = new Network();
    return net.build(net.add('Upsample', [net.input('x', 'float', [1, 64, 28, 28])], { mode: text('linear'), scales: floats(1, 1, 2, 2) }), 8);
  },
};

function recurrent(op: string, gates: number): Uint8Array {
  const net = new Network();
  const x = net.input('x', 'float', [100, 1, 64]);
  return net.build(net.add(op, [x, net.weight(1, gates * 64, 64), net.weight(1, gates * 64, 64), net.weight(1, 2 * gates * 64)], { hidden_size: int(64) }));
}
