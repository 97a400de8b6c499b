import type { ByteSource } from './source';

/** Enough to see what a text is and to reach every signature. */
const HEAD_BYTES = 512;

interface Signature {
  readonly at: number;
  readonly text: string;
  readonly kind: string;
}

const SIGNATURES: readonly Signature[] = [
  { at: 0, text: 'PK\u0003\u0004', kind: 'a zip archive. Unpack it first; a PyTorch checkpoint has to be exported with torch.onnx.export' },
  { at: 0, text: '\u001f\u008b', kind: 'a gzip archive. Unpack it first' },
  { at: 4, text: 'ORTM', kind: "a model in ONNX Runtime's own .ort format. Nibble needs the .onnx file that it was made from" },
  { at: 4, text: 'TFL3', kind: 'a TensorFlow Lite model. Convert it with tf2onnx first' },
  { at: 0, text: '\u0089HDF', kind: 'an HDF5 file, as Keras writes them. Convert it with tf2onnx first' },
  { at: 0, text: 'GGUF', kind: 'a GGUF model, which is not ONNX' },
  { at: 8, text: '{"', kind: 'a safetensors file, which holds weights without a graph. Export the model to ONNX first' },
  { at: 0, text: '\u0080\u0002', kind: 'a Python pickle, as PyTorch writes them. Export the model with torch.onnx.export first' },
  { at: 0, text: 'version https://git-lfs', kind: 'a Git LFS pointer, not the model itself. Run "git lfs pull" to fetch it' },
];

/** What a file really is when it is no ONNX model, as a sentence part with its remedy; null when nothing is recognised. */
export function recognise(source: ByteSource): string | null {
  const head = new Uint8Array(Math.min(HEAD_BYTES, source.size));
  source.readInto(head, 0);
  const latin = String.fromCharCode(...head);
  const signature = SIGNATURES.find(({ at, text }) => latin.startsWith(text, at));
  if (signature) return signature.kind;
  return isText(head) ? describeText(latin.trimStart()) : null;
}

/** Text has no control characters but line ends and tabs, and beyond ASCII it is UTF-8. */
function isText(head: Uint8Array): boolean {
  if (!head.every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d)) return false;
  try {
    // As a stream, because the head may end inside a character.
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function describeText(text: string): string {
  if (text === '') return 'blank. Get the file again';
  if (/^<(!doctype|html|\?xml|head|body)/i.test(text)) return 'a web page, as a download from behind a login or a wrong link gives it. Download the model itself';
  if (text.startsWith('{') || text.startsWith('[')) return 'a JSON text. Nibble needs the binary .onnx form';
  return 'a text file. Nibble needs the binary .onnx form';
}
