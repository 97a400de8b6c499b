import { zipSync } from 'fflate';
import { concatBytes } from './onnxBuilder';

/** An array in NumPy's `.npy` format. `descr` as NumPy writes it (`<f4`); `data` as it is stored. */
export function npy(descr: string, dims: readonly number[], data: Uint8Array | ArrayBufferView, options: { readonly fortran?: boolean; readonly version?: 1 | 2 } = {}): Uint8Array {
  const shape = dims.length === 1 ? `${dims[0]!},` : dims.join(', ');
  const header = `{'descr': '${descr}', 'fortran_order': ${options.fortran ? 'True' : 'False'}, 'shape': (${shape}), }`;
  const prefix = options.version === 2 ? 12 : 10;
  const padded = new TextEncoder().encode(header.padEnd(Math.ceil((prefix + header.length + 1) / 64) * 64 - prefix - 1) + '\n');
  const start = new Uint8Array(prefix);
  start.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, options.version ?? 1, 0]);
  const view = new DataView(start.buffer);
  if (options.version === 2) view.setUint32(8, padded.length, true);
  else view.setUint16(8, padded.length, true);
  return concatBytes([start, padded, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]);
}

/** A `.npz` archive of float32 arrays, or of arrays that are encoded already. */
export function npz(arrays: Readonly<Record<string, { readonly dims: readonly number[]; readonly values: readonly number[] } | Uint8Array>>): Uint8Array {
  const entries = Object.entries(arrays).map(([name, array]) => [`${name}.npy`, array instanceof Uint8Array ? array : npy('<f4', array.dims, Float32Array.from(array.values))]);
  return zipSync(Object.fromEntries(entries) as Record<string, Uint8Array>);
}
