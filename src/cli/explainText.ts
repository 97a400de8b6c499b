import { explanationHover } from '../format/explanation';
import { visible } from '../format/visible';
import type { Explanation } from '../graph/explanation';
import { FIGURES } from '../graph/explanation';
import type { ModelFile } from '../jobs/modelFile';
import type { Terminal } from './terminal';
import { UsageError } from './usageError';

/** Every figure of one layer explained. Throws `UsageError` when the model has no layer of that name. */
export function explanationsOf(file: ModelFile, layerName: string): readonly Explanation[] {
  const layer = file.analysis.layers.findIndex(({ name }) => name === layerName);
  if (layer < 0) throw new UsageError(`--explain: ${file.analysis.model.file} has no layer ${JSON.stringify(layerName)}. "nibble analyze --csv" lists the names.`);
  return FIGURES.map((figure) => file.explain(layer, figure));
}

export function explanationText(explanations: readonly Explanation[], { style }: Terminal): string {
  const blocks = explanations.map((explanation) => {
    const { lines, provenance } = explanationHover(explanation);
    const [[figure, value] = ['', ''], ...rest] = lines;
    const width = Math.min(MAX_LABEL, Math.max(0, ...rest.map(([label]) => visible(label).length)));
    return [style.bold(`${figure}: ${value}`), ...rest.map(([label, text]) => `  ${visible(label).padEnd(width)}  ${visible(text)}`), style.faint(`  ${provenance}`), ''].join('\n');
  });
  return `${visible(explanations[0]?.name ?? '')}\n\n${blocks.join('\n')}`;
}

/** Longer labels push their text to the right alone. */
const MAX_LABEL = 32;
