import type { ReadBytes } from '../graph/constants';
import type { Tensor } from '../onnx/model';
import { elementCount } from '../onnx/tensorData';
import { decodeNumbers } from '../quant/numbers';

/**
 * Most elements of one constant that are looked at as numbers. Scales of channels are a few thousand; the scales of blocks
 * of the largest language models' layers are some ten millions, which is where memory would begin to matter.
 */
export const MAX_NUMBERS = 2 ** 26;

/** Scales, zero points and biases by their values, each decoded once while it is asked for again and again. */
export class SmallConstants {
  private readonly known = new Map<Tensor, ArrayLike<number> | null>();

  constructor(private readonly readBytes: ReadBytes) {}

  /** A stored tensor as numbers; null when there is none, when it cannot be read, or when its elements are no numbers. */
  numbers(tensor: Tensor | null): ArrayLike<number> | null {
    if (tensor === null) return null;
    const known = this.known.get(tensor);
    if (known !== undefined) return known;
    const numbers = this.decode(tensor);
    // Large ones are forgotten again: together they could be as large as the model.
    if (elementCount(tensor) <= MAX_REMEMBERED) this.known.set(tensor, numbers);
    return numbers;
  }

  /** The number that a stored tensor of one element is. */
  scalar(tensor: Tensor | null): number | null {
    const numbers = tensor === null || elementCount(tensor) !== 1 ? null : this.numbers(tensor);
    return numbers?.[0] ?? null;
  }

  private decode(tensor: Tensor): ArrayLike<number> | null {
    const count = elementCount(tensor);
    if (tensor.storage.kind === 'strings' || count > MAX_NUMBERS) return null;
    const bytes = tensor.storage.kind === 'inline' ? tensor.storage.bytes : this.readBytes(tensor);
    return bytes && decodeNumbers(tensor.dataType, bytes, count);
  }
}

const MAX_REMEMBERED = 2 ** 16;
