import { type Column, toCsv, toMarkdownTable } from '../format/dataTable';
import { peakColumns } from '../format/memoryColumns';
import { formatBytes, formatExact } from '../format/numbers';
import { visible } from '../format/visible';
import type { Analysis, Layer } from '../graph/layer';
import type { MemoryProfile, MemoryUse } from '../graph/memory/memoryProfile';
import { shorten } from '../format/displayWidth';
import type { Terminal } from './terminal';
import { textTable } from './textTable';

interface TimelineRow {
  readonly layer: Layer;
  readonly separate: number;
  readonly inPlace: number;
  readonly eightBit: number;
}

const TIMELINE: readonly Column<TimelineRow>[] = [
  { title: 'Layer', field: 'name', align: 'left', text: ({ layer }) => layer.name, value: ({ layer }) => layer.name },
  { title: 'Operator', field: 'op', align: 'left', text: ({ layer }) => layer.op, value: ({ layer }) => layer.op },
  { title: 'Alive', field: 'bytes', align: 'right', text: ({ separate }) => formatBytes(separate), value: ({ separate }) => separate },
  { title: 'In place', field: 'inPlaceBytes', align: 'right', text: ({ inPlace }) => formatBytes(inPlace), value: ({ inPlace }) => inPlace },
  { title: '8-bit', field: 'eightBitBytes', align: 'right', text: ({ eightBit }) => formatBytes(eightBit), value: ({ eightBit }) => eightBit },
];

function timelineOf({ layers }: Analysis, { separate, inPlace, eightBit }: MemoryProfile): readonly TimelineRow[] {
  return layers.map((layer, index) => ({ layer, separate: separate.timeline[index]!, inPlace: inPlace.timeline[index]!, eightBit: eightBit.timeline[index]! }));
}

export function memoryCsv(analysis: Analysis, memory: MemoryProfile): string {
  return toCsv(TIMELINE, timelineOf(analysis, memory));
}

export function memoryMarkdown(analysis: Analysis, memory: MemoryProfile): string {
  return toMarkdownTable(TIMELINE, timelineOf(analysis, memory));
}

/** Sums and peaks, the course over time as a line of bars, and what is alive at the peak. */
export function memoryText({ layers }: Analysis, memory: MemoryProfile, { style, width }: Terminal): string {
  const { separate, inPlace, eightBit, lowerBound, lowerBoundLayer, inputBytes, peakTensors, unknown } = memory;
  const nameOf = (index: number): string => shorten(visible(layers[index]?.name ?? ''), MAX_NAME);
  const fact = (label: string, text: string): string => `${style.faint(label.padEnd(16))} ${text}\n`;
  const use = ({ peak, peakLayer, sum }: MemoryUse): string => `${formatBytes(peak)} at the peak, at ${nameOf(peakLayer)}; ${formatBytes(sum)} in all`;
  return [
    fact('Own memory', use(separate)),
    fact('In place', use(inPlace)),
    fact('8-bit', use(eightBit)),
    fact('Lower bound', `${formatBytes(lowerBound)}, the inputs and outputs of ${nameOf(lowerBoundLayer)}`),
    fact('Model inputs', `${formatBytes(inputBytes)}, which all sums include`),
    ...(unknown === 0 ? [] : [fact('Not counted', `${formatExact(unknown)} tensors of unknown size`)]),
    '\n',
    `${bars(separate.timeline, Number.isFinite(width) ? Math.min(width, MAX_BARS) : MAX_BARS)}\n`,
    style.faint(`alive from the first layer to the last, up to ${formatBytes(separate.peak)}\n\n`),
    textTable(peakColumns(layers, separate.peak), peakTensors, { style, width }),
  ].join('');
}

/** Longer names are cut in their middle. */
const MAX_NAME = 48;

/** Wider lines of bars wrap in most windows. */
const MAX_BARS = 72;
const BARS = '▁▂▃▄▅▆▇█';

/** A line of bars, each the highest of the layers that it stands for. */
function bars(timeline: readonly number[], columns: number): string {
  const highest = timeline.reduce((most, bytes) => Math.max(most, bytes), 0);
  const count = Math.min(columns, timeline.length);
  return Array.from({ length: count }, (_, column) => {
    const part = timeline.slice(Math.floor((column * timeline.length) / count), Math.max(Math.floor(((column + 1) * timeline.length) / count), 1));
    const most = part.reduce((top, bytes) => Math.max(top, bytes), 0);
    return BARS[highest === 0 ? 0 : Math.min(BARS.length - 1, Math.floor((most / highest) * BARS.length))]!;
  }).join('');
}
