import type { Column } from './dataTable';
import { formatBytes, formatCount, formatExact, formatPercent, UNKNOWN } from './numbers';
import type { Totals } from '../graph/layer';
import type { OperatorTotals } from '../graph/operatorTotals';

type OperatorColumn = Column<OperatorTotals> & { readonly dispensable: number };

/** The columns of every written table of totals by operator type; shares are those of the whole model. */
export function operatorColumns({ weightBytes, macs }: Totals): readonly OperatorColumn[] {
  /** Zero is left blank, as in the table of layers; what is not known of it is not. */
  const figure = (value: number, text: string, { unresolved }: OperatorTotals): string => (unresolved === 0 ? (value === 0 ? '' : text) : value === 0 ? UNKNOWN : `${text} + ?`);
  const share = (part: number, whole: number): string => (part === 0 ? '' : formatPercent(part / whole));
  return [
    { title: 'Operator', field: 'op', align: 'left', dispensable: 0, text: ({ op, domain }) => (domain === '' ? op : `${domain}.${op}`), value: ({ op }) => op },
    { title: 'Layers', field: 'layers', align: 'right', dispensable: 0, text: ({ layers }) => formatExact(layers), value: ({ layers }) => layers },
    { title: 'Parameters', field: 'parameters', align: 'right', dispensable: 1, text: ({ parameters }) => (parameters === 0 ? '' : formatCount(parameters)), value: ({ parameters }) => parameters },
    { title: 'Weights', field: 'weightBytes', align: 'right', dispensable: 0, text: (row) => (row.weightBytes === 0 ? '' : formatBytes(row.weightBytes)), value: (row) => row.weightBytes },
    { title: 'of all', field: 'weightShare', align: 'right', dispensable: 2, text: (row) => share(row.weightBytes, weightBytes), value: (row) => (weightBytes === 0 ? null : row.weightBytes / weightBytes) },
    { title: 'MACs', field: 'macs', align: 'right', dispensable: 0, text: (row) => figure(row.macs, formatCount(row.macs), row), value: (row) => row.macs },
    { title: 'of all', field: 'macShare', align: 'right', dispensable: 2, text: (row) => share(row.macs, macs), value: (row) => (macs === 0 ? null : row.macs / macs) },
    { title: 'FLOPs', field: 'flops', align: 'right', dispensable: 3, text: (row) => figure(row.flops, formatCount(row.flops), row), value: ({ flops }) => flops },
    { title: 'Activations', field: 'activationBytes', align: 'right', dispensable: 3, text: (row) => figure(row.activationBytes, formatBytes(row.activationBytes), row), value: ({ activationBytes }) => activationBytes },
    { title: 'Not counted', field: 'unresolved', align: 'right', dispensable: 1, text: ({ unresolved }) => (unresolved === 0 ? '' : formatExact(unresolved)), value: ({ unresolved }) => unresolved },
  ];
}
