import { formatTimes } from '../../src/format/numbers';
import { formatStored } from '../../src/format/stored';
import type { LayerFinding } from '../../src/extension/editorApi';
import type { Shape } from '../../src/graph/layer';
import type { AssessedActivations, AssessmentState, LayerAssessment } from '../../src/jobs/records';
import type { WeightScheme } from '../../src/quant/scheme';
import type { ScopeNode, Subtotal, TreeNode } from '../../src/format/layerTree';

/** What one row shows, whether it is a layer or a scope. */
export interface RowFigures {
  readonly op: string;
  readonly output: Shape;
  readonly parameters: number;
  readonly weightBytes: number;
  readonly macs: number | null;
  /** Why a figure is missing or partial; '' when everything is known. */
  readonly unknown: string;
  readonly scheme: WeightScheme | 'mixed' | null;
  /** What a layer of a model that is already quantized is stored as; '' for plain float. */
  readonly stored: string;
  readonly state: AssessmentState;
  /** What the layer reads, when the plan quantizes activations; null: nothing to say. */
  readonly activations: AssessedActivations | null;
  /** Why the plan's wish was not followed; '' when it was. */
  readonly reason: string;
  readonly sqnrDb: number | null;
  readonly maxError: number | null;
  readonly bytesAfter: number | null;
  /** What is wrong with the layer, worst first. */
  readonly findings: readonly LayerFinding[];
  /** The row is in a block that the model repeats. */
  readonly repeated: boolean;
  /** The row sums up several layers. */
  readonly isScope: boolean;
}

/** Where the figures of rows come from. */
export interface RowSources {
  readonly assessmentOf: (layer: number) => LayerAssessment | undefined;
  readonly findingsOf: (layer: number) => readonly LayerFinding[];
  readonly subtotal: (scope: ScopeNode) => Subtotal;
  /** Puts the count of layers without MACs into words. */
  readonly describePartial: (unknown: number) => string;
  readonly isRepeated: (node: TreeNode) => boolean;
}

/** The figures of a row. */
export function rowFigures(node: TreeNode, { assessmentOf, findingsOf, subtotal, describePartial, isRepeated }: RowSources): RowFigures {
  const repeated = isRepeated(node);
  if (node.kind === 'scope') {
    const sum = subtotal(node);
    return {
      op: node.repetitions > 1 ? formatTimes(node.repetitions) : '', output: null, parameters: sum.parameters, weightBytes: sum.weightBytes, macs: sum.macs,
      unknown: sum.unknownMacs === 0 ? '' : describePartial(sum.unknownMacs),
      scheme: sum.scheme, stored: '', state: sum.pending ? 'pending' : sum.scheme === null ? 'none' : 'computed', reason: '', activations: null,
      sqnrDb: sum.lowestSqnrDb, maxError: null, bytesAfter: sum.bytesAfter, findings: [], repeated, isScope: true,
    };
  }
  const { layer } = node;
  const assessment = assessmentOf(layer.index);
  const hasWeights = layer.weights.length > 0;
  return {
    op: layer.op, output: layer.outputShapes[0] ?? null, parameters: layer.parameters, weightBytes: layer.weightBytes, macs: layer.macs,
    unknown: layer.unresolved?.reason ?? '',
    scheme: hasWeights ? (assessment?.scheme ?? null) : null, stored: formatStored(layer), state: assessment?.state ?? (hasWeights ? 'pending' : 'none'), reason: assessment?.reason ?? '', activations: assessment?.activations ?? null,
    sqnrDb: assessment?.sqnrDb ?? null, maxError: assessment?.maxError ?? null, bytesAfter: assessment?.bytesAfter ?? null, findings: findingsOf(layer.index), repeated, isScope: false,
  };
}
