import { conventionDescription, conventionFormula, weightUnitText } from '../format/conventions';
import { type Column, toCsv, toMarkdownTable } from '../format/dataTable';
import type { ConventionId } from '../graph/counting';
import { CONVENTIONS } from '../graph/cost/conventions';
import type { WeightUnit } from '../graph/cost/weightTable';
import { type Context, jsonText, type OutputOptions } from './context';
import { textTable } from './textTable';

interface WeightRow {
  readonly convention: ConventionId;
  readonly name: string;
  readonly per: WeightUnit;
  readonly weight: number;
}

const COLUMNS: readonly (Column<WeightRow> & { readonly dispensable: number })[] = [
  { title: 'Convention', field: 'convention', align: 'left', dispensable: 0, text: ({ convention }) => convention, value: ({ convention }) => convention },
  { title: 'Weight', field: 'name', align: 'left', dispensable: 0, text: ({ name }) => name, value: ({ name }) => name },
  { title: 'Operations', field: 'weight', align: 'right', dispensable: 0, text: ({ weight }) => String(weight), value: ({ weight }) => weight },
  { title: 'for each', field: 'per', align: 'left', dispensable: 0, text: ({ per }) => weightUnitText(per), value: ({ per }) => per },
];

/** `nibble conventions` */
export function conventionsCommand(options: OutputOptions, { terminal }: Context): void {
  const rows = CONVENTIONS.flatMap(({ id, weights }) => weights.map(({ name, per, weight }): WeightRow => ({ convention: id, name, per, weight })));
  if (options.json) {
    terminal.print(jsonText(CONVENTIONS.map(({ id, perMac, weights }) => ({ id, formula: conventionFormula(id), description: conventionDescription(id), perMac, weights: weights.map(({ name, op, per, weight }) => ({ name, op, per, weight })) }))));
  } else if (options.csv) terminal.print(toCsv(COLUMNS, rows));
  else if (options.markdown) terminal.print(toMarkdownTable(COLUMNS, rows));
  else {
    for (const { id } of CONVENTIONS) terminal.print(`${terminal.style.bold(id)}: ${conventionFormula(id)}\n  ${conventionDescription(id)}\n\n`);
    terminal.print(textTable(COLUMNS, rows, terminal));
  }
}
