import { int, ints } from '../onnxBuilder';
import { Network } from './network';

/** AlexNet in torchvision's form, 224 pixels. */
export function alexNet(): Uint8Array {
  const net = new Network();
  const conv = (x: string, from: number, to: number, kernel: number, stride: number, pad: number): string => net.add('Relu', [net.conv(x, from, to, kernel, { stride, pad })]);
  let x = net.maxPool(conv(net.input('image', 'float', [1, 3, 224, 224]), 3, 64, 11, 4, 2), 3, 2);
  x = net.maxPool(conv(x, 64, 192, 5, 1, 2), 3, 2);
  x = conv(conv(conv(x, 192, 384, 3, 1, 1), 384, 256, 3, 1, 1), 256, 256, 3, 1, 1);
  x = net.add('Flatten', [net.maxPool(x, 3, 2)]);
  x = net.add('Relu', [net.gemm(x, 256 * 36, 4096)]);
  return net.build(net.gemm(net.add('Relu', [net.gemm(x, 4096, 4096)]), 4096, 1000));
}

/** ResNets for 224 pixels with folded batch normalization: blocks by stage, of two convolutions or of a bottleneck of three (stride in the 3 × 3), which groups can widen. */
export function resNet(blocks: readonly number[], bottleneck: boolean, groups = 1, groupWidth = 64): Uint8Array {
  const net = new Network();
  const relu = (x: string): string => net.add('Relu', [x]);
  let x = net.maxPool(relu(net.conv(net.input('image', 'float', [1, 3, 224, 224]), 3, 64, 7, { stride: 2 })), 3, 2, 1);
  let channels = 64;
  for (const [stage, count] of blocks.entries()) {
    const planes = 64 * 2 ** stage;
    const width = bottleneck ? (planes * groupWidth * groups) / 64 : planes;
    const out = bottleneck ? 4 * planes : planes;
    for (let block = 0; block < count; block += 1) {
      const stride = block === 0 && stage > 0 ? 2 : 1;
      const inner = bottleneck
        ? net.conv(relu(net.conv(relu(net.conv(x, channels, width, 1)), width, width, 3, { stride, groups })), width, out, 1)
        : net.conv(relu(net.conv(x, channels, width, 3, { stride })), width, out, 3);
      const shortcut = stride === 1 && channels === out ? x : net.conv(x, channels, out, 1, { stride });
      x = relu(net.add('Add', [inner, shortcut]));
      channels = out;
    }
  }
  return net.build(net.gemm(net.add('Flatten', [net.add('GlobalAveragePool', [x])]), channels, 1000));
}

/** SqueezeNet 1.0 or 1.1 for 224 pixels: fire modules, and a convolution as classifier. */
export function squeezeNet(version: '1.0' | '1.1'): Uint8Array {
  const net = new Network();
  const conv = (x: string, from: number, to: number, kernel: number, stride = 1, pad = (kernel - 1) / 2): string => net.add('Relu', [net.conv(x, from, to, kernel, { stride, pad })]);
  const pool = (x: string): string => net.add('MaxPool', [x], { kernel_shape: ints(3, 3), strides: ints(2, 2), ceil_mode: int(1) });
  const first = version === '1.0' ? { width: 96, kernel: 7 } : { width: 64, kernel: 3 };
  let x = pool(conv(net.input('image', 'float', [1, 3, 224, 224]), 3, first.width, first.kernel, 2, 0));
  let channels = first.width;
  const poolAfter = version === '1.0' ? [2, 6] : [1, 3];
  for (const [index, [squeeze, expand]] of ([[16, 64], [16, 64], [32, 128], [32, 128], [48, 192], [48, 192], [64, 256], [64, 256]] as const).entries()) {
    const narrow = conv(x, channels, squeeze, 1);
    x = net.add('Concat', [conv(narrow, squeeze, expand, 1), conv(narrow, squeeze, expand, 3)], { axis: int(1) });
    channels = 2 * expand;
    if (poolAfter.includes(index)) x = pool(x);
  }
  return net.build(net.add('GlobalAveragePool', [conv(x, 512, 1000, 1)]));
}

/** MobileNet v1 1.0 for 224 pixels: depthwise and pointwise convolutions in turn, batch normalization apart. */
export function mobileNetV1(): Uint8Array {
  const net = new Network();
  const unit = (x: string, from: number, to: number, kernel: number, stride: number, groups = 1): string => net.add('Relu', [net.batchNorm(net.conv(x, from, to, kernel, { stride, groups, bias: false }), to)]);
  let x = unit(net.input('image', 'float', [1, 3, 224, 224]), 3, 32, 3, 2);
  let channels = 32;
  for (const [width, stride] of [[64, 1], [128, 2], [128, 1], [256, 2], [256, 1], [512, 2], [512, 1], [512, 1], [512, 1], [512, 1], [512, 1], [1024, 2], [1024, 1]] as const) {
    x = unit(unit(x, channels, channels, 3, stride, channels), channels, width, 1, 1);
    channels = width;
  }
  return net.build(net.gemm(net.add('Flatten', [net.add('GlobalAveragePool', [x])]), 1024, 1000));
}
