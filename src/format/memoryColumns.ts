import type { Layer } from '../graph/layer';
import type { LiveTensor } from '../graph/memory/memoryProfile';
import type { Column } from './dataTable';
import { formatBytes, formatPercent } from './numbers';

/** Longer names are cut in their middle where the table can. */
const MAX_NAME = 48;

/** What is alive at the peak of a memory profile. */
export function peakColumns(layers: readonly Layer[], peak: number): readonly (Column<LiveTensor> & { readonly dispensable: number; readonly maxWidth: number })[] {
  const nameOf = (index: number): string => layers[index]?.name ?? '';
  const makerOf = ({ layer }: LiveTensor): string => (layer === null ? 'model input' : nameOf(layer));
  return [
    { title: 'Alive at the peak', field: 'tensor', align: 'left', dispensable: 0, maxWidth: MAX_NAME, text: ({ name }) => name, value: ({ name }) => name },
    { title: 'Made by', field: 'layer', align: 'left', dispensable: 2, maxWidth: MAX_NAME, text: makerOf, value: makerOf },
    { title: 'Needed until', field: 'until', align: 'left', dispensable: 1, maxWidth: MAX_NAME, text: ({ to }) => nameOf(to), value: ({ to }) => nameOf(to) },
    { title: 'Bytes', field: 'bytes', align: 'right', dispensable: 0, maxWidth: MAX_NAME, text: ({ bytes }) => formatBytes(bytes), value: ({ bytes }) => bytes },
    { title: 'of it', field: 'share', align: 'right', dispensable: 1, maxWidth: MAX_NAME, text: ({ bytes }) => formatPercent(bytes / peak), value: ({ bytes }) => bytes / peak },
  ];
}
