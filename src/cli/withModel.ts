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
  const file = openModelFile(model, options, terminal);
  try {
    return use(file);
  } finally {
    file.close();
  }
}

/** The same for who closes it. */
export function openModelFile(model: string, options: ModelOptions, terminal: Terminal): ModelFile {
  const file = ModelFile.open(model, options.dim, { batchOfOne: true, counting: countingOf(options) });
  try {
    checkDimensions(options.dim, file.analysis);
  } catch (error) {
    file.close();
    throw error;
  }
  for (const name of file.analysis.model.assumed) terminal.note(`figures are for ${name} = 1; --dim gives it another value`);
  return file;
}

/** A dimension that the model does not have is a slip of the keyboard, not a wish without effect. */
export function checkDimensions(given: Readonly<Record<string, number>>, { model }: Pick<Analysis, 'model'>): void {
  const known = [...Object.keys(model.dimensions), ...Object.keys(model.runtimeDimensions)];
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new UsageError(`--dim: ${model.file} has no dimension ${JSON.stringify(unknown)}. ${known.length === 0 ? 'All its dimensions are numbers.' : `It has ${known.map((name) => JSON.stringify(name)).join(', ')}.`}`);
}
