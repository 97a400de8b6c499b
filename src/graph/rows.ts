import type { Tensor } from '../onnx/model';
import { tensorKey, elementCount } from './constants';
import type { Mutable, StepFacts } from './describe';
import { unwalked } from './describe';
import type { Layer, LayerSite, LayerWeight, Totals, WeightSite } from './layer';
import type { Counting } from './counting';
import type { CountedConstant } from './tally';
import { ConstantTally } from './tally';
import { describeLogical, weightCodings } from './logical/describe';
import type { RowParts } from './logical/describe';
import type { Folding } from './logical/fold';
import { foldBlock } from './logical/fold';
import { storedBytes } from './parameters';
import type { Block, Step } from './step';

/** Most names in one weight's `sharedWith`: a tensor that every layer shares would make the records grow with the square of the layers. */
export const MAX_SHARED_NAMES = 64;

interface WeightUser {
  readonly weight: Mutable<LayerWeight>;
  readonly layer: string;
}

interface Sums {
  macs: number;
  flops: number;
  activationBytes: number;
}

/** A constant as a row counts it. */
export interface ConstantUse {
  readonly name: string;
  readonly tensor: Tensor;
  readonly counted: CountedConstant;
}

/** Where a step's figures went. */
export interface StepPlace {
  /** Index of the row. */
  readonly layer: number;
  /** True for an operator in another one's row. */
  readonly isMember: boolean;
}

/** Turns the walked steps into rows, in execution order with bodies after their caller. */
export class Rows {
  private readonly layers: Mutable<Layer>[] = [];
  private readonly sites: LayerSite[] = [];
  private readonly tally = new ConstantTally();
  private readonly users = new Map<Tensor, WeightUser[]>();
  private totals: Sums = { macs: 0, flops: 0, activationBytes: 0 };
  /** By step id. */
  readonly places: StepPlace[] = [];

  /** @param onConstant hears of every constant that a row's operators use. */
  constructor(
    private readonly facts: readonly (StepFacts | undefined)[],
    private readonly onConstant?: (layer: number, use: ConstantUse) => void,
  ) {}

  private readonly factsOf = ({ id }: Step): StepFacts | undefined => this.facts[id];

  /** Adds the rows of the main graph and of everything below it. */
  collect(program: Block): void {
    this.totals = this.block(program, null);
  }

  /** True when some row uses the tensor. */
  isUsed(tensor: Tensor): boolean {
    return this.tally.has(tensor);
  }

  finish(peakActivationBytes: number, counting: Counting): { readonly layers: readonly Layer[]; readonly sites: readonly LayerSite[]; readonly totals: Totals } {
    for (const users of this.users.values()) if (users.length > 1) shareNames(users);
    const sum = (pick: (layer: Layer) => number): number => this.layers.reduce((total, layer) => total + pick(layer), 0);
    const totals = {
      parameters: this.tally.counts.trainable,
      parameterCounts: this.tally.counts,
      weightBytes: sum((layer) => layer.weightBytes),
      weightTypes: this.tally.bytesByType,
      ...this.totals,
      counting,
      peakActivationBytes,
      unresolved: sum((layer) => (layer.unresolved === null || layer.untaken === true ? 0 : 1)),
    };
    return { layers: this.layers, sites: this.sites, totals };
  }

  /** Rows of one block; returns what its totals are. `caller`: whose figures rows that were never walked depend on. */
  private block(block: Block, caller: Layer | null): Sums {
    const sums: Sums = { macs: 0, flops: 0, activationBytes: 0 };
    const folding = foldBlock(block, this.facts);
    for (let position = 0; position < block.steps.length; position += 1) {
      if (folding?.isMember[position] === true) continue;
      const step = block.steps[position]!;
      const facts = this.facts[step.id];
      const row = facts === undefined ? null : this.partsOf(step, facts, block, folding, position);
      const layer = row === null ? unwalked(step, caller) : this.describe(row);
      layer.index = this.layers.length;
      this.layers.push(layer);
      const members = row?.members ?? NONE;
      this.places[step.id] = { layer: layer.index, isMember: false };
      for (const { id } of members) this.places[id] = { layer: layer.index, isMember: true };
      this.sites.push({ node: step.node, members: members.map(({ node }) => node), weights: row === null ? NONE : this.weigh(layer, row) });
      sums.macs += layer.macs ?? 0;
      sums.flops += layer.flops ?? 0;
      sums.activationBytes += layer.activationBytes ?? 0;
      addTo(sums, this.below(step, facts, layer));
      // Counted after the rows of its bodies, which are the ones that use what is handed to them.
      if (facts !== undefined) this.countConstants(layer, step, facts, folding?.isScaling[position] === true);
      for (const member of folding?.members[position] ?? NONE) this.countConstants(layer, block.steps[member]!, this.facts[block.steps[member]!.id]!, folding!.isScaling[member]!);
    }
    return sums;
  }

  private partsOf(step: Step, facts: StepFacts, block: Block, folding: Folding | null, position: number): RowParts {
    const members = folding?.members[position]?.map((member): Step => block.steps[member]!) ?? NONE;
    return { step, facts, members, chain: folding?.chains.get(position), readers: folding?.readersOf(position) ?? NONE, factsOf: this.factsOf };
  }

  /** The row of a step, with the figures of the operators that are folded into it. */
  private describe(row: RowParts): Mutable<Layer> {
    const { facts, members } = row;
    const logical = describeLogical(row);
    // What the walk found out about the step alone stays as it is: others count with it.
    const layer = members.length === 0 ? facts.layer : withMembers(facts.layer, members.map((member) => this.facts[member.id]!));
    if (logical !== null) layer.logical = logical;
    else if (facts.role !== null) layer.unfolded = 'no operator beside it in its graph makes its input or reads its output';
    return layer;
  }

  /** Rows of a step's bodies. Of an If only one branch runs: the one that is known to, else the costlier one counts. */
  private below(step: Step, facts: StepFacts | undefined, layer: Layer): Readonly<Sums> {
    if (step.callee !== null) return this.block(step.callee, layer);
    if (step.bodies.size === 0) return NOTHING;
    const branches = [...step.bodies].map(([name, body]) => {
      const start = this.layers.length;
      return { name, sums: this.block(body, layer), start, end: this.layers.length };
    });
    if (step.node.op !== 'If' || branches.length < 2) {
      const all: Sums = { macs: 0, flops: 0, activationBytes: 0 };
      for (const { sums } of branches) addTo(all, sums);
      return all;
    }
    const costliest = branches.reduce((best, branch) => (branch.sums.macs > best.sums.macs || (branch.sums.macs === best.sums.macs && branch.sums.flops > best.sums.flops) ? branch : best));
    const taken = branches.find(({ name }) => name === facts?.taken) ?? costliest;
    for (const branch of branches) {
      if (branch === taken) continue;
      for (const row of this.layers.slice(branch.start, branch.end)) row.untaken = true;
    }
    return taken.sums;
  }

  private weigh(layer: Mutable<Layer>, row: RowParts): readonly WeightSite[] {
    const { step, facts: { weights: found } } = row;
    if (found.length === 0) return NONE;
    const codings = weightCodings(row);
    layer.weights = found.map(({ input, constant, channelAxis, blockAxis, obstacle }) => {
      const { tensor, node } = constant;
      const weight = {
        key: tensorKey(tensor),
        tensor: tensor.name === '' ? (node?.outputs[0] ?? '') : tensor.name,
        input,
        dataType: tensor.dataType,
        dims: tensor.dims,
        elements: elementCount(tensor.dims),
        bytes: storedBytes(tensor),
        channelAxis,
        blockAxis,
        obstacle,
        sharedWith: NONE,
      };
      const user = { weight, layer: layer.name };
      const users = this.users.get(tensor);
      if (users === undefined) this.users.set(tensor, [user]);
      else users.push(user);
      return weight;
    });
    return found.map(({ input, constant: { tensor, node, owner } }, at) => ({ tensor, valueName: step.node.inputs[input] ?? '', constant: node, owner, coding: codings[at]! }));
  }

  private countConstants(layer: Mutable<Layer>, step: Step, { constants }: StepFacts, scales: boolean): void {
    for (const { input, constant } of constants) {
      const counted = this.tally.count(step, input, constant, scales);
      this.onConstant?.(layer.index, { name: constant.tensor.name === '' ? (step.node.inputs[input] ?? '') : constant.tensor.name, tensor: constant.tensor, counted });
      layer.parameters += counted.parameters;
      layer.weightBytes += counted.bytes;
    }
  }
}

/** Tells every user of a tensor who the others are. */
function shareNames(users: readonly WeightUser[]): void {
  const names = [...new Set(users.slice(0, 2 * MAX_SHARED_NAMES).map(({ layer }) => layer))];
  for (const { weight, layer } of users) weight.sharedWith = names.filter((name) => name !== layer).slice(0, MAX_SHARED_NAMES);
}

/** A row with what its helpers cost. What they make of a constant is no activation: runtimes keep or fold it. */
function withMembers(own: Layer, members: readonly StepFacts[]): Mutable<Layer> {
  const layer: Mutable<Layer> = { ...own };
  for (const { layer: member, carries } of members) {
    layer.macs = sumOf(layer.macs, member.macs);
    layer.flops = sumOf(layer.flops, member.flops);
    layer.movedBytes = sumOf(layer.movedBytes, member.movedBytes);
    if (!carries) layer.activationBytes = sumOf(layer.activationBytes, member.activationBytes);
    layer.unresolved ??= member.unresolved;
  }
  layer.intensity = layer.flops === null || layer.movedBytes === null || layer.movedBytes === 0 ? null : layer.flops / layer.movedBytes;
  return layer;
}

function sumOf(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}

const NOTHING: Readonly<Sums> = { macs: 0, flops: 0, activationBytes: 0 };

function addTo(sums: Sums, other: Readonly<Sums>): void {
  sums.macs += other.macs;
  sums.flops += other.flops;
  sums.activationBytes += other.activationBytes;
}

const NONE: readonly never[] = [];
