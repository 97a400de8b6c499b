import { parseQuery } from '../../src/format/query';
import type { Layer } from '../../src/graph/layer';
import type { LayerAssessment } from '../../src/jobs/records';

export interface LayerFilter {
  /** Null: everything matches. */
  readonly matches: ((layer: Layer) => boolean) | null;
  /** Words that look like a condition but are not understood. */
  readonly doubtful: readonly string[];
}

/** What a person typed above the table as a test of layers. */
export function layerFilter(text: string, assessmentOf: (layer: number) => LayerAssessment | undefined): LayerFilter {
  if (text.trim() === '') return { matches: null, doubtful: [] };
  const query = parseQuery(text);
  return { matches: (layer) => query.matches({ layer, assessment: assessmentOf(layer.index) ?? null }), doubtful: query.doubtful };
}
