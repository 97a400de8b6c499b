import type { Analysis } from '../graph/layer';
import { ModelFile } from '../jobs/modelFile';
import { countingOf, type CountingOptions } from './countingOptions';
import type { Terminal } from './terminal';
import { UsageError } from './usageError';

export interface ModelOptions extends CountingOptions {
  readonly dim: Readonly<Record<string, number>>;
}

/** Opens a model as the options say, for a batch of one where they say nothing about it, and closes it in the end. */
export function withModel<T>(model: string, options: ModelOptions, terminal: Terminal, use: (file: ModelFile) => T): T {
  const file = ModelFile.open(model, options.dim, { batchOfOne: true, counting: countingOf(options) });
  try {
    checkModel(file.analysis, options.dim, terminal);
    return use(file);
  } finally {
    file.close();
  }
}

/** Checks that the model has the dimensions that were given, and says which others count as one. */
export function checkModel(analysis: Analysis, given: Readonly<Record<string, number>>, terminal: Terminal): void {
  checkDimensions(given, analysis);
  for (const name of analysis.model.assumed) terminal.note(`figures are for ${name} = 1; --dim gives it another value`);
}

/** A dimension that the model does not have is a slip of the keyboard, not a wish without effect. */
export function checkDimensions(given: Readonly<Record<string, number>>, { model }: Pick<Analysis, 'model'>): void {
  const known = [...Object.keys(model.dimensions), ...Object.keys(model.runtimeDimensions)];
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new UsageError(`--dim: ${model.file} has no dimension ${JSON.stringify(unknown)}. ${known.length === 0 ? 'All its dimensions are numbers.' : `It has ${known.map((name) => JSON.stringify(name)).join(', ')}.`}`);
}
