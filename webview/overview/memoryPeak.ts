import type { LiveTensor, MemoryProfile } from '../../src/extension/editorApi';
import { formatBytes, formatExact } from '../../src/format/numbers';
import type { Layer } from '../../src/graph/layer';
import { dataTable } from '../charts/dataTable';
import { element } from '../dom';
import { t } from '../strings';
import { shorten } from '../table/rowView';
import { actionLink } from '../ui/link';
import { shortName } from './shortName';

/** Names in exported models are paths; their ends tell them apart. */
const MAX_NAME = 28;

/** What makes the peak: the figures in one line, and the tensors that are alive then, the largest first. */
export function memoryPeak(memory: MemoryProfile, layers: readonly Layer[], reveal: (layer: number) => void): HTMLElement {
  const link = (layer: number): HTMLElement => {
    const name = layers[layer]?.name ?? '';
    return actionLink(shortName(name, MAX_NAME), { hint: t('memory.reveal', shorten(name)) }, () => {
      reveal(layer);
    });
  };
  const maker = ({ layer }: LiveTensor): string | HTMLElement => (layer === null ? t('memory.input') : link(layer));
  const facts = [
    t('memory.sum', formatBytes(memory.separate.sum)),
    t('memory.bound', formatBytes(memory.lowerBound)),
    ...(memory.unknown > 0 ? [t('memory.unknown', formatExact(memory.unknown))] : []),
  ];
  return element('div', { class: 'memory-peak' },
    element('h3', { class: 'chart-title', text: t('memory.tensors') }),
    element('p', { class: 'memory-facts' }, t('memory.peakAt', formatBytes(memory.separate.peak)), ' ', link(memory.separate.peakLayer), ` · ${facts.join(' · ')}`),
    dataTable(t('memory.tensors'), {
      columns: [{ title: t('memory.tensor') }, { title: t('chart.bytes'), numeric: true }, { title: t('memory.from') }, { title: t('memory.to') }],
      rows: memory.peakTensors.map((tensor) => [element('span', { text: shortName(tensor.name, MAX_NAME), title: shorten(tensor.name) }), formatBytes(tensor.bytes), maker(tensor), link(tensor.to)]),
    }));
}
