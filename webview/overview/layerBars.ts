import type { Layer } from '../../src/graph/layer';
import type { LayerAssessment } from '../../src/jobs/records';

/** More bars than this are thinner than the gaps between them. */
export const MAX_BARS = 32;

/** One layer of an overview chart. */
export interface LayerBar {
  readonly layer: number;
  readonly name: string;
  /** Short enough for an axis: the last scope, or the name. */
  readonly label: string;
  readonly before: number;
  readonly after: number;
  /** Null: exact, so it has no finite figure. */
  readonly sqnrDb: number | null;
}

/** The layers that are drawn, in execution order, and out of how many they were picked. */
export interface LayerBars {
  readonly bars: readonly LayerBar[];
  readonly of: number;
}

type AssessmentOf = (layer: number) => LayerAssessment | undefined;

/** The layers with the most bytes. */
export function sizeBars(layers: readonly Layer[], assessmentOf: AssessmentOf): LayerBars {
  const sized = layers.filter(({ weightBytes }) => weightBytes > 0).map((layer) => barOf(layer, assessmentOf(layer.index)));
  return pick(sized, (bar) => -bar.before);
}

/** The quantized layers with the largest errors. */
export function errorBars(layers: readonly Layer[], assessmentOf: AssessmentOf): LayerBars {
  const quantized: LayerBar[] = [];
  for (const layer of layers) {
    const assessment = assessmentOf(layer.index);
    if (assessment?.state === 'computed' && assessment.sqnrDb !== null && Number.isFinite(assessment.sqnrDb)) quantized.push(barOf(layer, assessment));
  }
  return pick(quantized, (bar) => bar.sqnrDb ?? Number.POSITIVE_INFINITY);
}

function barOf(layer: Layer, assessment: LayerAssessment | undefined): LayerBar {
  return {
    layer: layer.index, name: layer.name, label: layer.scope.slice(-2).join('/') || layer.name,
    before: assessment?.bytesBefore ?? layer.weightBytes, after: assessment?.bytesAfter ?? layer.weightBytes, sqnrDb: assessment?.sqnrDb ?? null,
  };
}

function pick(bars: readonly LayerBar[], rank: (bar: LayerBar) => number): LayerBars {
  const chosen = [...bars].sort((a, b) => rank(a) - rank(b) || a.layer - b.layer).slice(0, MAX_BARS);
  return { bars: chosen.sort((a, b) => a.layer - b.layer), of: bars.length };
}
