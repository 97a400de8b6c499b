import { formatConflict } from '../../format/sharedConflict';
import type { Layer } from '../../graph/layer';
import { isFloatingPoint } from '../../onnx/dtypes';
import { tensorByteLength } from '../../onnx/tensorData';
import type { ResolvedPlan } from '../../plan/resolve';
import { formatOf } from '../../quant/scheme';
import { sqnrDb } from '../../quant/sqnr';
import type { Decisions } from '../decisions';
import type { ModelFile } from '../modelFile';
import type { QuantizedLayer, QuantizedWeight, QuantizeResult, WeightError } from '../records';
import type { ExportLayout } from './layoutExport';

export interface ExportFacts {
  /** The model that a person gave, whose sizes are those before. */
  readonly original: ModelFile;
  readonly layout: ExportLayout;
  readonly decisions: Decisions;
  readonly errors: ReadonlyMap<string, WeightError>;
  /** Bytes of each converted weight, as read back from the written file. */
  readonly storedBytes: ReadonlyMap<string, number>;
}

/** What was written, layer by layer, and everything that differs from what the plan asked for. */
export function describeExport(file: ModelFile, plan: ResolvedPlan, facts: ExportFacts): Pick<QuantizeResult, 'bytes' | 'weightBytes' | 'layers' | 'notes'> {
  const { original } = facts;
  const { totals, layers } = file.analysis;
  const { model } = original.analysis;
  const before = model.fileBytes + original.dataFiles().reduce((sum, { size }) => sum + size, 0);
  const { layout } = facts;
  // A copy in the same folder goes on using the data files of the original.
  const keptData = layout.conversions.length === 0 && layout.data.length === 0 ? before - model.fileBytes : 0;
  const saved = layout.conversions.reduce((sum, { stored }) => sum + tensorByteLength(stored.tensor) - facts.storedBytes.get(stored.key)!, 0);
  return {
    bytes: { before, after: layout.model.size + layout.data.reduce((sum, { plan: { size } }) => sum + size, 0) + keptData },
    weightBytes: { before: original.analysis.totals.weightBytes, after: totals.weightBytes - saved },
    layers: layers.filter(({ weights }) => weights.length > 0).map((layer) => describeLayer(file, layer, facts)),
    notes: notes(file, plan, facts),
  };
}

function describeLayer(file: ModelFile, layer: Layer, { decisions, errors, storedBytes }: ExportFacts): QuantizedLayer {
  const weights = layer.weights.map((weight, at): QuantizedWeight => {
    const stored = file.weights.get(weight.key)!;
    const decision = decisions.get(weight.key)!;
    const error = errors.get(weight.key);
    const counts = stored.layers[0] === layer.index;
    const before = counts ? tensorByteLength(stored.tensor) : 0;
    const scheme = decision.kind === 'convert' ? decision.scheme : null;
    return {
      tensor: weight.tensor,
      stored: isFloatingPoint(weight.dataType) ? weight.dataType : (file.sites[layer.index]!.weights[at]!.coding?.codeType ?? weight.dataType),
      format: scheme === null ? 'float' : formatOf(scheme),
      symmetric: scheme?.kind === 'integer' && scheme.symmetric,
      granularity: scheme?.kind === 'integer' ? scheme.granularity : 'tensor',
      sqnrDb: error ? sqnrDb(error.signal, error.noise) : Infinity,
      maxError: error?.maxError ?? 0,
      bytes: { before, after: counts ? (storedBytes.get(weight.key) ?? before) : 0 },
      skipped: decision.kind === 'keep' ? decision.reason : '',
    };
  });
  return { name: layer.name, op: layer.op, weights };
}

function notes(file: ModelFile, { conflicts }: ResolvedPlan, { layout, decisions }: ExportFacts): readonly string[] {
  const { layers } = file.analysis;
  const kept = [...file.weights.values()].flatMap(({ key, weight, layers: users }) => {
    const decision = decisions.get(key);
    if (decision?.kind !== 'keep' || decision.reason === '') return [];
    return [`${layers[users[0]!]!.name}: "${weight.tensor}" stays as it is: ${decision.reason}.`];
  });
  const settled = conflicts.map((conflict) => `${formatConflict(conflict)}.`);
  const initializers = new Set(file.model.graph.inputs.map(({ name }) => name));
  const overridable = file.model.irVersion < 4 ? [] : layout.conversions.filter(({ stored, place }) => place.constant === null && place.owner.graph === file.model.graph && initializers.has(stored.tensor.name));
  const closed = overridable.map(({ stored }) => `"${stored.tensor.name}" was also an input of the model, by which a caller could replace it. It no longer is one.`);
  return [...kept, ...settled, ...closed, ...raised(file, layout)];
}

function raised({ model }: ModelFile, { conversions }: ExportLayout): readonly string[] {
  const to = Math.max(0, ...conversions.map(({ raise }) => raise?.to ?? 0));
  if (to === 0) return [];
  return [`The operator set was raised from ${model.opsets.get('') ?? 1} to ${to}, which has what the formats need. Every operator of the model means the same there.`];
}
