import type { Tensor } from '../onnx/model';
import { tensorKey, elementCount } from './constants';
import type { Dim } from './dim';
import { add, isUnknown, multiply, toShapeDim } from './dim';
import type { StepFacts } from './interpreter';
import { valueBytes } from './interpreter';
import type { Layer, LayerSite, LayerWeight, Shape, Totals, Unresolved, WeightSite } from './layer';
import { isView } from './memory';
import { parametersOf, storedBytes } from './parameters';
import type { Block, Step } from './step';
import type { StoredConstant, Value } from './value';
import { weightsOf } from './weights';

/** Most names in one weight's `sharedWith`: a tensor that every layer shares would make the records grow with the square of the layers. */
export const MAX_SHARED_NAMES = 64;

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

interface WeightUser {
  readonly weight: Mutable<LayerWeight>;
  readonly layer: string;
}

interface Sums {
  macs: number;
  flops: number;
  activationBytes: number;
}

/** Turns the walked steps into rows, in execution order with bodies after their caller. */
export class Rows {
  private readonly layers: Mutable<Layer>[] = [];
  private readonly sites: LayerSite[] = [];
  private readonly counted = new Set<Tensor | string>();
  private readonly users = new Map<Tensor, WeightUser[]>();
  private totals: Sums = { macs: 0, flops: 0, activationBytes: 0 };

  constructor(private readonly facts: readonly (StepFacts | undefined)[]) {}

  /** Adds the rows of the main graph and of everything below it. */
  collect(program: Block): void {
    this.totals = this.block(program, null);
  }

  /** True when some row uses the tensor. */
  isUsed(tensor: Tensor): boolean {
    return this.counted.has(identity(tensor));
  }

  finish(peakActivationBytes: number): { readonly layers: readonly Layer[]; readonly sites: readonly LayerSite[]; readonly totals: Totals } {
    for (const users of this.users.values()) if (users.length > 1) shareNames(users);
    const sum = (pick: (layer: Layer) => number): number => this.layers.reduce((total, layer) => total + pick(layer), 0);
    const totals = {
      parameters: sum((layer) => layer.parameters),
      weightBytes: sum((layer) => layer.weightBytes),
      ...this.totals,
      peakActivationBytes,
      unresolved: sum((layer) => (layer.unresolved === null || layer.untaken === true ? 0 : 1)),
    };
    return { layers: this.layers, sites: this.sites, totals };
  }

  /** Rows of one block; returns what its totals are. `caller`: whose figures rows that were never walked depend on. */
  private block(block: Block, caller: Layer | null): Sums {
    const sums: Sums = { macs: 0, flops: 0, activationBytes: 0 };
    for (const step of block.steps) {
      const facts = this.facts[step.id];
      const layer = facts === undefined ? unwalked(step, this.layers.length, caller) : describe(step, facts, this.layers.length);
      this.layers.push(layer);
      this.sites.push(this.weigh(layer, step, facts?.inputs ?? []));
      sums.macs += layer.macs ?? 0;
      sums.flops += layer.flops ?? 0;
      sums.activationBytes += layer.activationBytes ?? 0;
      addTo(sums, this.below(step, facts, layer));
      // Counted after the rows of its bodies, which are the ones that use what is handed to them.
      if (facts !== undefined) this.countConstants(layer, step, facts);
    }
    return sums;
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

  private weigh(layer: Mutable<Layer>, step: Step, inputs: readonly (Value | null)[]): LayerSite {
    const found = weightsOf(step, inputs);
    if (found.length === 0) return { node: step.node, weights: NONE };
    const sites: WeightSite[] = [];
    const weights: LayerWeight[] = [];
    for (const { input, constant, channelAxis, blockAxis, obstacle } of found) {
      const { tensor, node, owner } = constant;
      sites.push({ tensor, valueName: step.node.inputs[input] ?? '', constant: node, owner });
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
      weights.push(weight);
      const user = { weight, layer: layer.name };
      const users = this.users.get(tensor);
      if (users === undefined) this.users.set(tensor, [user]);
      else users.push(user);
    }
    layer.weights = weights;
    return { node: step.node, weights: sites };
  }

  private countConstants(layer: Mutable<Layer>, step: Step, facts: StepFacts): void {
    for (let input = 0; input < facts.inputs.length; input += 1) {
      const constant = facts.inputs[input]?.constant ?? null;
      if (constant === null || isHandedOn(constant, input, facts)) continue;
      const key = identity(constant.tensor);
      if (this.counted.has(key)) continue;
      this.counted.add(key);
      layer.parameters += parametersOf(step, input, constant);
      layer.weightBytes += storedBytes(constant.tensor);
    }
  }
}

/** Tells every user of a tensor who the others are. */
function shareNames(users: readonly WeightUser[]): void {
  const names = [...new Set(users.slice(0, 2 * MAX_SHARED_NAMES).map(({ layer }) => layer))];
  for (const { weight, layer } of users) weight.sharedWith = names.filter((name) => name !== layer).slice(0, MAX_SHARED_NAMES);
}

/** An operator that only renames or moves a constant does not use it: the reader of its output does. */
function isHandedOn(constant: StoredConstant, input: number, { outputs }: StepFacts): boolean {
  return input === 0 && outputs[0]?.constant?.tensor === constant.tensor;
}

/** Tensors that lie on the same bytes of an external file are one. */
function identity(tensor: Tensor): Tensor | string {
  const { storage } = tensor;
  return storage.kind === 'external' ? `${storage.location}\n${String(storage.offset)}\n${String(storage.length)}` : tensor;
}

const NOTHING: Readonly<Sums> = { macs: 0, flops: 0, activationBytes: 0 };

function addTo(sums: Sums, other: Readonly<Sums>): void {
  sums.macs += other.macs;
  sums.flops += other.flops;
  sums.activationBytes += other.activationBytes;
}

function describe(step: Step, facts: StepFacts, index: number): Mutable<Layer> {
  const { macs, operations } = facts;
  const flops = macs === null || operations === null ? null : add(multiply(macs, 2), operations);
  const activation = activationOf(step, facts);
  return {
    index,
    name: step.name,
    scope: step.scope,
    op: step.node.op,
    domain: step.node.domain,
    inputShapes: facts.inputs.map(recordShape),
    outputShapes: facts.outputs.map(recordShape),
    parameters: 0,
    weightBytes: 0,
    macs: figure(macs),
    flops: figure(flops),
    activationBytes: figure(activation),
    unresolved: unresolvedOf(step, facts, macs, flops, activation),
    weights: NONE,
  };
}

/** A row of a body that could not be entered. */
function unwalked(step: Step, index: number, caller: Layer | null): Mutable<Layer> {
  const { name, scope, node } = step;
  return {
    index,
    name,
    scope,
    op: node.op,
    domain: node.domain,
    inputShapes: node.inputs.map(() => null),
    outputShapes: node.outputs.map(() => null),
    parameters: 0,
    weightBytes: 0,
    macs: null,
    flops: null,
    activationBytes: null,
    unresolved: caller?.unresolved ?? { reason: 'the body around it could not be followed', blockedBy: caller?.name ?? name },
    weights: NONE,
  };
}

const NONE: readonly never[] = [];

/** Bytes of the outputs. A view has none of its own, and what a function or branch gives back is counted inside. */
function activationOf(step: Step, { outputs }: StepFacts): Dim | null {
  if (step.callee !== null || (step.node.op === 'If' && step.bodies.size > 0)) return 0;
  let total: Dim | null = 0;
  for (const [index, value] of outputs.entries()) {
    if (step.node.outputs[index] === '' || (index === 0 && isView(step))) continue;
    const bytes = valueBytes(value);
    total = total === null || bytes === null ? null : add(total, bytes);
  }
  return total;
}

function recordShape(value: Value | null): Shape {
  const shape = value?.shape ?? null;
  // Most shapes are all numbers, and then the record shares them.
  return shape === null || isNumeric(shape) ? shape : shape.map(toShapeDim);
}

function isNumeric(shape: readonly Dim[]): shape is readonly number[] {
  for (const dim of shape) if (typeof dim !== 'number') return false;
  return true;
}

function figure(dim: Dim | null): number | null {
  return isFigure(dim) ? dim : null;
}

/** Extents of a hostile file can multiply beyond what a number holds, and its attributes can be negative. */
function isFigure(dim: Dim | null): dim is number {
  return typeof dim === 'number' && dim >= 0 && Number.isFinite(dim);
}

/** Why a figure is missing: a symbol that is not set, else the first operator that could not be worked out. */
function unresolvedOf(step: Step, facts: StepFacts, macs: Dim | null, flops: Dim | null, activation: Dim | null): Unresolved | null {
  const open = !isFigure(macs) ? macs : !isFigure(flops) ? flops : activation;
  if (isFigure(open)) return null;
  if (typeof open === 'number') return { reason: `${step.node.op}: its cost would be ${String(open)}`, blockedBy: step.name };
  if (open !== null && !isUnknown(open)) return { reason: `dimension "${open.symbols[0] ?? ''}" is not set`, blockedBy: step.name };
  const blocker = facts.blocker ?? { reason: `${step.node.op}: the type of its output is not known`, blockedBy: step.name };
  return blocker.blockedBy === '' ? { ...blocker, blockedBy: step.name } : blocker;
}
