import type { WeightDestination } from '../jobs/ports';
import { toFloat16 } from '../onnx/float16';
import { packCodes, packedBytes } from '../quant/packing';
import type { GroupParameters, ScaleType } from '../quant/parameters';
import type { WeightBits } from '../quant/scheme';
import type { OpenedDestination } from './weightFiles';

/** Collects the scales and zero points of consecutive groups and writes them in their stored form. */
export class ParameterWriter {
  private readonly scales: Float32Array;
  private readonly zeroPoints: Int32Array;
  private filled = 0;

  /**
   * @param firstGroup a multiple of the zero points in a byte, so that no byte is shared with another writer
   * @param groups how many will be appended
   */
  constructor(
    private readonly file: OpenedDestination,
    private readonly into: WeightDestination,
    private readonly bits: WeightBits,
    private readonly scaleType: ScaleType,
    private readonly firstGroup: number,
    groups: number,
  ) {
    this.scales = new Float32Array(groups);
    this.zeroPoints = new Int32Array(groups);
  }

  append({ scales, zeroPoints }: GroupParameters): void {
    this.scales.set(scales, this.filled);
    this.zeroPoints.set(zeroPoints, this.filled);
    this.filled += scales.length;
  }

  finish(): void {
    const stored = this.scaleType === 'float' ? this.scales : Uint16Array.from(this.scales, toFloat16);
    this.file.write(new Uint8Array(stored.buffer), this.into.scales + this.firstGroup * stored.BYTES_PER_ELEMENT);
    if (this.into.zeroPoints !== null) {
      this.file.write(packCodes(this.zeroPoints, this.bits), this.into.zeroPoints + packedBytes(this.bits, this.firstGroup));
    }
  }
}
