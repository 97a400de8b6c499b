// Between element types. Twins: src/onnx/float16.ts and Math.fround.
import { halfValue } from './half';

/** float16 to float32. Works on whole vectors: both buffers are padded to a multiple of four elements. */
export function fromFloat16(from: usize, count: usize, to: usize): void {
  for (let i: usize = 0; i < count; i += 4) {
    v128.store(to + (i << 2), halfValue(v128.load_ext<u16>(from + (i << 1))));
  }
}

/** bfloat16 to float32; padded as above. */
export function fromBfloat16(from: usize, count: usize, to: usize): void {
  for (let i: usize = 0; i < count; i += 4) {
    v128.store(to + (i << 2), i32x4.shl(v128.load_ext<u16>(from + (i << 1)), 16));
  }
}

/** double to float32, to nearest. */
export function fromDouble(from: usize, count: usize, to: usize): void {
  for (let i: usize = 0; i < count; i += 1) store<f32>(to + (i << 2), <f32>load<f64>(from + (i << 3)));
}
