import type { Layer, NumberFormat, Shape } from '../graph/layer';
import { type Column } from './dataTable';
import { formatBytes, formatCount, formatSmall } from './numbers';
import { formatShape } from './scheme';
import { formatNumbers, formatStored, operatorCount } from './stored';

/** The columns of every written table of layers. */
export const LAYER_COLUMNS: readonly Column<Layer>[] = [
  { title: 'Layer', field: 'name', align: 'left', text: ({ name }) => name, value: ({ name }) => name },
  { title: 'Operator', field: 'op', align: 'left', text: ({ op }) => op, value: ({ op }) => op },
  { title: 'Input', field: 'inputShapes', align: 'left', text: ({ inputShapes }) => formatShape(inputShapes[0] ?? null), value: ({ inputShapes }) => shapesText(inputShapes) },
  { title: 'Output', field: 'outputShapes', align: 'left', text: ({ outputShapes }) => formatShape(outputShapes[0] ?? null), value: ({ outputShapes }) => shapesText(outputShapes) },
  { title: 'Parameters', field: 'parameters', align: 'right', text: ({ parameters }) => formatCount(parameters), value: ({ parameters }) => parameters },
  { title: 'Weights', field: 'weightBytes', align: 'right', text: ({ weightBytes }) => formatBytes(weightBytes), value: ({ weightBytes }) => weightBytes },
  { title: 'MACs', field: 'macs', align: 'right', text: ({ macs }) => formatCount(macs), value: ({ macs }) => macs },
  { title: 'FLOPs', field: 'flops', align: 'right', text: ({ flops }) => formatCount(flops), value: ({ flops }) => flops },
  { title: 'Activations', field: 'activationBytes', align: 'right', text: ({ activationBytes }) => formatBytes(activationBytes), value: ({ activationBytes }) => activationBytes },
  { title: 'Moved', field: 'movedBytes', align: 'right', text: ({ movedBytes }) => formatBytes(movedBytes), value: ({ movedBytes }) => movedBytes },
  { title: 'FLOPs/byte', field: 'intensity', align: 'right', text: ({ intensity }) => formatSmall(intensity), value: ({ intensity }) => intensity },
];

/** And what an already quantized or optimized layer is stored as: always in `--csv`, in `--markdown` where some layer is. */
export const STORED_COLUMNS: readonly Column<Layer>[] = [
  { title: 'Stored as', field: 'storedAs', align: 'left', text: formatStored, value: ({ logical }) => logical?.form ?? '' },
  { title: 'Stands for', field: 'standsFor', align: 'left', text: ({ logical }) => logical?.standsFor.join(' + ') ?? '', value: ({ op, logical }) => (logical?.standsFor ?? [op]).join('; ') },
  { title: 'Weight codes', field: 'weightFormat', align: 'left', text: ({ logical }) => numbersText(logical?.weights), value: ({ logical }) => numbersText(logical?.weights) },
  { title: 'Activation codes', field: 'activationFormat', align: 'left', text: ({ logical }) => numbersText(logical?.activations), value: ({ logical }) => numbersText(logical?.activations) },
  { title: 'Output codes', field: 'outputFormat', align: 'left', text: ({ logical }) => numbersText(logical?.output), value: ({ logical }) => numbersText(logical?.output) },
  { title: 'Operators', field: 'operators', align: 'right', text: (layer) => String(operatorCount(layer)), value: operatorCount },
];

/** The columns for people: how layers are stored is told where some are stored in another way than as floats. */
export function layerColumnsFor(layers: readonly Layer[]): readonly Column<Layer>[] {
  return layers.some(({ logical }) => logical !== undefined) ? [...LAYER_COLUMNS, ...STORED_COLUMNS] : LAYER_COLUMNS;
}

function numbersText(numbers: NumberFormat | null | undefined): string {
  return numbers ? formatNumbers(numbers) : '';
}

/** "1x3x224x224; 1x64" */
function shapesText(shapes: readonly Shape[]): string {
  return shapes.map((shape) => (shape === null ? '?' : shape.join('x'))).join('; ');
}
