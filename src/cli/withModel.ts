import type { Analysis } from '../graph/layer';
import { ModelFile } from '../jobs/modelFile';
import { unknownDimensions } from '../plan/unknownDimensions';
import type { UnknownDimension } from '../plan/unknownDimensions';
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
  const [unknown] = unknownDimensions(given, model);
  if (unknown !== undefined) throw new UsageError(`--dim: ${unknownDimensionText(unknown, model.file)}`);
}

/** Names of dimensions that are listed; a detector has hundreds of extents that only running it tells. */
const MAX_NAMES = 16;

export function unknownDimensionText({ name, suggestion, known }: UnknownDimension, file: string): string {
  const says = `${file} has no dimension ${JSON.stringify(name)}`;
  if (known.length === 0) return `${says}. All its dimensions are numbers.`;
  if (known.length <= MAX_NAMES) return `${says}. It has ${known.map((one) => JSON.stringify(one)).join(', ')}.`;
  return suggestion === null ? `${says}. It has ${known.length} others; "nibble analyze" lists them.` : `${says}; did you mean ${JSON.stringify(suggestion)}?`;
}
