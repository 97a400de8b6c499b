import { countingText } from '../../format/conventions';
import { type Column, toCsv } from '../../format/dataTable';
import { LAYER_COLUMNS, STORED_COLUMNS } from '../../format/layerColumns';
import { formatScheme } from '../../format/scheme';
import type { Layer } from '../../graph/layer';
import type { Report } from './records';

/** The layers of a report as comma-separated values. What the figures depend on is in every row, because a table has no other place for it. */
export function csvReport({ layers, memory, assessment, model, totals, sha256, nibble }: Report): string {
  const dimensions = Object.entries(model.dimensions).map(([name, value]) => `${name}=${value === null ? '?' : String(value)}`).join('; ');
  const planned = (layer: Layer) => assessment?.layers[layer.index] ?? null;
  const constant = (field: string, text: string): Column<Layer> => ({ title: field, field, align: 'left', text: () => text, value: () => text });
  const columns: readonly Column<Layer>[] = [
    ...LAYER_COLUMNS,
    ...STORED_COLUMNS,
    number('aliveBytes', ({ index }) => memory.separate.timeline[index] ?? null),
    number('aliveBytesInPlace', ({ index }) => memory.inPlace.timeline[index] ?? null),
    ...(assessment === null ? [] : [
      { title: 'Format', field: 'format', align: 'left', text: (layer: Layer) => formatScheme(planned(layer)!.scheme), value: (layer: Layer) => (planned(layer)?.state === 'computed' ? formatScheme(planned(layer)!.scheme) : planned(layer)?.state === 'none' ? null : 'float') } as const,
      number('bytesAfter', (layer) => planned(layer)?.bytesAfter ?? null),
      number('sqnrDb', (layer) => planned(layer)?.sqnrDb ?? null),
    ]),
    constant('dimensions', dimensions),
    constant('convention', countingText(totals.counting)),
    constant('sha256', sha256),
    constant('nibble', nibble),
  ];
  return toCsv(columns, layers);
}

function number(field: string, value: (layer: Layer) => number | null): Column<Layer> {
  return { title: field, field, align: 'right', text: (layer) => String(value(layer) ?? ''), value };
}
