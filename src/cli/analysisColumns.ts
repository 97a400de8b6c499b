import { type Column } from '../format/dataTable';
import { formatBytes, formatCount, formatSmall } from '../format/numbers';
import { formatShape } from '../format/scheme';
import type { Layer, Shape } from '../graph/layer';

/** The columns of `nibble analyze --csv` and `--markdown`. */
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

/** "1x3x224x224; 1x64" */
function shapesText(shapes: readonly Shape[]): string {
  return shapes.map((shape) => (shape === null ? '?' : shape.join('x'))).join('; ');
}
