import { bitsPerElement } from '../onnx/dtypes';
import type { Convention } from './cost/conventions';
import type { Cost, Term } from './cost/rule';
import { factor } from './cost/rule';
import type { StepFacts } from './describe';
import type { Dim } from './dim';
import { isUnknown, multiply, product, toShapeDim } from './dim';
import type { ExplainedFactor, ExplainedTerm, Explanation, Figure, TermNote } from './explanation';
import type { Observation } from './interpreter';
import type { Analysis, ShapeDim } from './layer';
import { operatorTotals } from './operatorTotals';
import type { ConstantUse, StepPlace } from './rows';
import type { Step } from './step';
import { movedValues } from './traffic';
import type { Value } from './value';
import { valueBytes } from './value';
import { holdsOthers, isView } from './views';

/** The operators of a row: its own first, then those that only serve it. */
interface ExplainedStep {
  readonly step: Step;
  readonly seen: Observation;
  readonly isMember: boolean;
  /** True when it only moves or converts a constant. */
  readonly carries: boolean;
}

/** What a second walk over a model has kept for explanations. */
export interface WalkRecord {
  readonly observed: readonly { readonly step: Step; readonly seen: Observation }[];
  readonly facts: readonly (StepFacts | undefined)[];
  /** By step id. */
  readonly places: readonly StepPlace[];
  /** By layer. */
  readonly constants: ReadonlyMap<number, readonly ConstantUse[]>;
}

/** Explains the figures of an analysis from what a second walk over the model has kept. */
export class Explainer {
  private readonly steps: ExplainedStep[][];

  constructor(
    private readonly analysis: Analysis,
    private readonly walked: WalkRecord,
    private readonly convention: Convention,
  ) {
    this.steps = analysis.layers.map(() => []);
    for (const { step, seen } of walked.observed) {
      const { layer, isMember } = walked.places[step.id]!;
      const entry = { step, seen, isMember, carries: walked.facts[step.id]!.carries };
      if (isMember) this.steps[layer]!.push(entry);
      else this.steps[layer]!.unshift(entry);
    }
  }

  /** Where a layer's figure comes from; null: the model's. Throws a RangeError for a layer that there is not. */
  explain(layer: number | null, figure: Figure): Explanation {
    const { model, totals, layers } = this.analysis;
    const { counting } = totals;
    if (layer === null) {
      const { value, terms } = this.ofModel(figure);
      return { figure, layer, name: model.file, value, unresolved: null, counting, terms };
    }
    const record = layers[layer];
    if (record === undefined) throw new RangeError(`There is no layer ${String(layer)}.`);
    const { name, unresolved, [figure]: value } = record;
    return { figure, layer, name, value, unresolved: value === null ? unresolved : null, counting, terms: this.termsOf(layer, figure) };
  }

  private termsOf(layer: number, figure: Figure): readonly ExplainedTerm[] {
    const steps = this.steps[layer]!;
    const constants = this.walked.constants.get(layer) ?? [];
    switch (figure) {
      case 'parameters':
        return constants.map(parameterTerm);
      case 'weightBytes':
        return constants.map(storedTerm);
      case 'macs':
        return steps.flatMap(({ step, seen, isMember }) => costTerms(isMember ? step.node.op : '', seen.strict, seen.times, 1, false));
      case 'flops':
        return steps.flatMap(({ step, seen, isMember }) => costTerms(isMember ? step.node.op : '', seen.cost, seen.times, this.convention.perMac, true));
      case 'activationBytes':
        return steps.flatMap(({ step, seen, isMember, carries }) => (isMember && carries ? [] : outputTerms(step, seen)));
      case 'movedBytes':
        return steps.flatMap(({ step, seen }) => movedTerms(step, seen));
      case 'intensity':
        return [...this.termsOf(layer, 'flops'), ...this.termsOf(layer, 'movedBytes')];
    }
  }

  private ofModel(figure: Figure): Pick<Explanation, 'value' | 'terms'> {
    const { totals, layers } = this.analysis;
    if (figure === 'intensity' || figure === 'movedBytes') {
      const running = layers.filter(({ untaken }) => untaken !== true);
      const moved = running.reduce((sum, { movedBytes }) => sum + (movedBytes ?? 0), 0);
      if (figure === 'movedBytes') return { value: moved, terms: [] };
      return { value: moved === 0 ? null : totals.flops / moved, terms: [{ subject: '', role: 'operations', factors: [], value: totals.flops, note: null }, { subject: '', role: 'input', factors: [], value: moved, note: null }] };
    }
    const terms = operatorTotals(layers).filter((row) => row[figure] > 0).map((row): ExplainedTerm => (
      { subject: row.domain === '' ? row.op : `${row.domain}.${row.op}`, role: 'operator', factors: [{ name: 'layers', value: row.layers }], value: row[figure], note: null }
    ));
    return { value: totals[figure], terms: terms.sort((a, b) => Number(b.value) - Number(a.value)) };
  }
}

function costTerms(subject: string, cost: Cost | null, times: Dim, perMac: number, withOperations: boolean): readonly ExplainedTerm[] {
  if (cost === null) return [];
  const loop: Term = times === 1 ? [] : [factor('iterations', times)];
  const term = (role: ExplainedTerm['role'], factors: Term): ExplainedTerm => ({ subject, role, factors: factors.map(({ name, value }) => ({ name, value: toShapeDim(value) })), value: recordValue(product(factors.map(({ value }) => value))), note: null });
  return [
    ...cost.macs.map((factors) => term('products', [...(perMac === 1 ? [] : [factor('perMac', perMac)]), ...factors, ...loop])),
    ...(withOperations ? cost.operations.map((factors) => term('operations', [...factors, ...loop])) : []),
  ];
}

function parameterTerm({ tensor, counted: { role, countedBefore, parameters }, name }: ConstantUse): ExplainedTerm {
  const note = countedBefore ? 'shared' : role === 'parameter' ? null : role;
  return { subject: name, role: 'constant', factors: tensor.dims.map((value): ExplainedFactor => ({ name: 'elements', value })), value: parameters, note };
}

function storedTerm({ tensor, counted: { bytes, countedBefore }, name }: ConstantUse): ExplainedTerm {
  const factors: readonly ExplainedFactor[] = [{ name: 'elements', value: tensor.dims.reduce((count, dim) => count * dim, 1) }, { name: 'bytesPerElement', value: bitsPerElement(tensor.dataType) / 8 }];
  return { subject: name, role: 'constant', factors, value: bytes, note: countedBefore ? 'shared' : null };
}

function outputTerms(step: Step, { outputs }: Observation): readonly ExplainedTerm[] {
  return outputs.flatMap((value, index) => {
    const name = step.node.outputs[index] ?? '';
    if (name === '') return [];
    const note: TermNote | null = holdsOthers(step) ? 'inside' : index === 0 && isView(step) ? 'view' : null;
    return [bytesTerm(name, 'output', value, 1, note)];
  });
}

function movedTerms(step: Step, { inputs, outputs, times }: Observation): readonly ExplainedTerm[] {
  return movedValues(step, inputs, outputs).map(({ name, value, role, picked }) => bytesTerm(name, role, value, times, picked ? 'picked' : null));
}

/** `note` 'view' and 'inside': the tensor is named, but counts nothing. */
function bytesTerm(subject: string, role: 'input' | 'output', value: Value, times: Dim, note: TermNote | null): ExplainedTerm {
  const bytes = valueBytes(value);
  const elements = value.shape === null ? [] : [{ name: 'elements', value: toShapeDim(product(value.shape)) } as const];
  const factors: readonly ExplainedFactor[] = [...elements, { name: 'bytesPerElement', value: bitsPerElement(value.dataType) / 8 }, ...(times === 1 ? [] : [{ name: 'iterations', value: toShapeDim(times) } as const])];
  const nothing = note === 'view' || note === 'inside';
  return { subject, role, factors, value: nothing ? 0 : bytes === null ? null : recordValue(multiply(bytes, times)), note };
}

function recordValue(value: Dim): ShapeDim | null {
  return isUnknown(value) ? null : toShapeDim(value);
}
