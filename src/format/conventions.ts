import type { ConventionId, Counting } from '../graph/counting';
import type { WeightUnit } from '../graph/cost/weightTable';
import { inEnglish, type Translate } from './translate';

/** What FLOPs are in a convention, in a few words to stand beside the figure. */
export function conventionFormula(convention: ConventionId, t: Translate = inEnglish): string {
  switch (convention) {
    case 'strict':
      return t('2 × MACs + other operations');
    case 'torchvision':
      return t('1 × MACs, as torchvision quotes them');
    case 'x2':
      return t('2 × MACs');
    case 'instruction-weighted':
      return t('weighted by instructions, as onnx-tool counts');
  }
}

/** Who counts so, and what is special about it. */
export function conventionDescription(convention: ConventionId, t: Translate = inEnglish): string {
  switch (convention) {
    case 'strict':
      return t('Every multiply-accumulate is two operations; everything else counts by the table of weights. Biases are not counted, padding is not discounted, and batch normalization is free where it can be folded into the operator before it.');
    case 'torchvision':
      return t('A multiply-accumulate is one operation and nothing else counts. The tables of torchvision (“GFLOPS”), fvcore, ptflops and most papers on ResNet, MobileNet and EfficientNet count so.');
    case 'x2':
      return t('A multiply-accumulate is two operations and nothing else counts. PyTorch’s FLOP counter, onnxsim, Darknet and the YOLO papers count so; DeepSpeed and TensorFlow add a little for other operators.');
    case 'instruction-weighted':
      return t('Every operation counts the instructions that a processor spends on it, multiply-accumulates and biases one. onnx-tool counts so and calls the sum MACs; its formula for transposed convolutions counts more than they do.');
  }
}

/** The convention of a figure with the weights that were set by hand: "2 × MACs + other operations; Sigmoid = 1". */
export function countingText({ convention, weights }: Counting, t: Translate = inEnglish): string {
  const set = Object.entries(weights).map(([name, weight]) => `${name} = ${String(weight)}`);
  return [conventionFormula(convention, t), ...(set.length > 0 ? [set.join(', ')] : [])].join('; ');
}

/** What a weight is multiplied with. */
export function weightUnitText(unit: WeightUnit, t: Translate = inEnglish): string {
  switch (unit) {
    case 'output':
      return t('output element');
    case 'nearest':
    case 'linear':
    case 'cubic':
      return t('output element, interpolating “{0}”', unit);
    case 'input':
      return t('input element');
    case 'fold':
      return t('output element and input after the first');
    case 'unfolded':
      return t('output element, unless it can be folded');
    case 'window':
      return t('output element and kernel position');
    case 'transform':
      return t('N · log2 N of a line of N values');
    case 'hidden':
      return t('hidden value, step and direction');
    case 'sequence':
      return t('hidden value and step');
    case 'score':
      return t('attention score');
    case 'sample':
      return t('sampled value');
    case 'row':
      return t('normalized or averaged row');
    case 'path':
      return t('row and step of the longest way through each tree');
    case 'bias':
      return t('output element, where there is a bias');
    case 'gateBias':
      return t('bias value and step');
  }
}
