import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Small models that onnxruntime's and NNCF's own quantizers have written, by `test/tools/quantized_models.py`. Their metadata name tool, variant and original. */
export function* quantizedModels(): Generator<Uint8Array> {
  const packed = gunzipSync(readFileSync(new URL('../vectors/quantized/models.bin.gz', import.meta.url)));
  for (let at = 0; at < packed.length; ) {
    const end = at + 4 + packed.readUInt32LE(at);
    yield new Uint8Array(packed.subarray(at + 4, end));
    at = end;
  }
}
