import type { ValueInfo } from '../onnx/model';
import { Call } from './call';
import { carriedConstant } from './carry';
import { MAX_ELEMENTS, StoredValue, valueOfConstantNode, valueOfSparse } from './constants';
import type { ReadBytes } from './constants';
import { runBranches } from './controlFlow/branches';
import { isGenerator, runGenerator } from './controlFlow/generate';
import { runLoop } from './controlFlow/loop';
import { runMap } from './controlFlow/map';
import type { BodyResult, BodyRunner } from './controlFlow/runner';
import { runScan } from './controlFlow/scan';
import type { Counter } from './cost/counter';
import { STRICT_COUNTER } from './cost/counter';
import { FREE, sumOf } from './cost/rule';
import type { Cost } from './cost/rule';
import { declaredType, filled, namedDim } from './declared';
import { describeStep } from './describe';
import type { StepFacts } from './describe';
import type { Dimensions } from './declared';
import type { Dim } from './dim';
import { isUnknown, multiply, product, symbolsOf } from './dim';
import { elementRule } from './elements/table';
import { numericShape } from './elements/rule';
import { Environment } from './environment';
import type { Unresolved } from './layer';
import { sequenceRule } from './sequences/table';
import { KNOWN_DOMAINS, shapeRule } from './shapes/table';
import type { Block, Step } from './step';
import { outputType, outputTypes } from './types';
import type { Dims, Sequence, Value } from './value';
import { absentValue, unknownValue } from './value';

/** NumPy stops at 64 dimensions, and so does every runtime. */
const MAX_RANK = 64;

/** Most elements that are computed over a whole model: shape arithmetic needs thousands, a hostile graph asks for gigabytes. */
const MAX_TOTAL_ELEMENTS = 8_000_000;

/** Most operators that are walked again because a loop's state changes its shape; nested loops double the work at every level. */
const MAX_REPEATED_STEPS = 100_000;

/** What is known about one run of a step when it has been walked. */
export interface Observation {
  readonly inputs: readonly (Value | null)[];
  readonly outputs: readonly Value[];
  /** Null: unknown. */
  readonly strict: Cost | null;
  readonly cost: Cost | null;
  /** How often it runs. */
  readonly times: Dim;
}

/** Where an extent that is not known comes from. */
interface Origin {
  readonly blocker: Unresolved | null;
  readonly inputs?: readonly (Value | null)[];
}

/** Called for every step; for one in a loop, with what its last pass found. */
export type Observe = (step: Step, observation: Observation) => void;

/** Walks blocks in execution order and works out shapes, small values and costs. */
export class Interpreter implements BodyRunner {
  /** By step id; a step that was never reached has none. */
  readonly facts: (StepFacts | undefined)[] = [];
  /** Why extents that only running the model tells are not numbers, by the symbols that stand for them. */
  readonly arising = new Map<string, Unresolved>();
  /** How often the block being walked runs. */
  private times: Dim = 1;
  readonly isOpen = (name: string): boolean => this.arising.has(name);
  private unseen = false;
  private computedElements = 0;
  private repeatedSteps = 0;

  constructor(
    private readonly dimensions: Dimensions,
    /** Names of the inputs' dimensions. */
    private readonly declared: ReadonlySet<string>,
    private readonly readBytes: ReadBytes,
    /** Counts the FLOPs. */
    private readonly counter: Counter,
    private readonly observe?: Observe | undefined,
  ) {}

  run(block: Block, outer: Environment | null, inputs: readonly (Value | undefined)[]): readonly Value[] {
    const environment = new Environment(block, outer);
    block.inputs.forEach((name, index) => {
      const value = inputs[index];
      const slot = block.slots.get(name);
      if (value !== undefined && slot !== undefined) environment.set(slot, value);
    });
    this.bindConstants(block, environment);
    for (const step of block.steps) this.walk(step, block, environment);
    return block.outputs.map((name) => environment.find(name) ?? unknownValue({ reason: `nothing produces the output "${name}"`, blockedBy: '' }));
  }

  runRepeated(block: Block, outer: Environment, inputs: readonly Value[], times: Dim): readonly Value[] {
    const before = this.times;
    this.times = multiply(before, times);
    try {
      return this.run(block, outer, inputs);
    } finally {
      this.times = before;
    }
  }

  runUnseen(block: Block, outer: Environment, inputs: readonly Value[]): readonly Value[] {
    const before = this.unseen;
    this.unseen = true;
    try {
      return this.run(block, outer, inputs);
    } finally {
      this.unseen = before;
    }
  }

  open(name: string, cause: Unresolved): Dim {
    this.arising.set(name, cause);
    return namedDim(name, this.dimensions);
  }

  mayRepeat(block: Block): boolean {
    this.repeatedSteps += block.steps.length;
    return this.repeatedSteps <= MAX_REPEATED_STEPS;
  }

  private bindConstants(block: Block, environment: Environment): void {
    const { owner } = block;
    for (const { slot, tensor } of block.initializers) {
      // A value that was handed in takes the place of its default. Of two tensors with one name runtimes take the latter.
      const before = environment.at(slot);
      if (before === undefined) environment.set(slot, new StoredValue(tensor, owner, null, this.readBytes));
      else if (before.constant?.owner === owner) environment.set(slot, new StoredValue(tensor, owner, null, this.readBytes, TWO_OF_A_NAME));
    }
    if ('sparseInitializers' in owner) {
      for (const { values, dims } of owner.sparseInitializers) {
        const slot = block.slots.get(values.name);
        if (slot !== undefined) environment.set(slot, valueOfSparse(values, dims, owner, null));
      }
    }
    for (const { slot, node } of block.constants) environment.set(slot, valueOfConstantNode(node, owner, this.readBytes));
  }

  private walk(step: Step, block: Block, environment: Environment): void {
    const { node, reads, writes } = step;
    const inputs = reads.map((slot, index) => (slot < 0 ? null : given(environment.read(slot, node.inputs[index]!) ?? missingInput(step, node.inputs[index]!))));
    const call = new Call(step, inputs, step.opsets.get(node.domain) ?? step.opsets.get('') ?? 1, block.uses);
    const entered = this.enter(step, call, environment);
    const outputs = entered === null ? this.infer(step, call, block) : writes.map((slot, index) => this.completed(step, index, entered.outputs[index] ?? null, block.declared[slot]));
    for (let index = 0; index < writes.length; index += 1) if (writes[index]! >= 0) environment.set(writes[index]!, outputs[index]!);
    if (this.unseen) return;
    const strict = entered === null ? this.strictCost(call, outputs) : FREE;
    const cost = entered === null && strict !== null && this.counter !== STRICT_COUNTER ? this.counter.cost(call, outputs) : strict;
    const { times } = this;
    this.facts[step.id] = describeStep(step, {
      inputs,
      outputs,
      times,
      macs: strict && multiply(sumOf(strict.macs), times),
      flops: cost && multiply(this.counter.flops(cost), times),
      blocker: call.blocker ?? blockerOf(outputs) ?? blockerOf(inputs),
      arising: this.arising,
      taken: entered?.taken ?? null,
    });
    this.observe?.(step, { inputs, outputs, strict, cost, times });
  }

  /** Follows a function call or bodies; null when the step has none that can be followed. */
  private enter(step: Step, call: Call, environment: Environment): BodyResult | null {
    if (step.refused !== null) {
      call.fail(step.refused);
      return null;
    }
    if (step.callee !== null) {
      const bound = step.callee.inputs.map((_, index) => call.value(index) ?? absentValue(step.name));
      return { outputs: this.run(step.callee, null, bound), taken: null };
    }
    if (step.bodies.size === 0) return null;
    if (isGenerator(step.node.domain, step.node.op)) return runGenerator(this, step, call, environment);
    if (step.node.domain !== '') return null;
    switch (step.node.op) {
      case 'If':
        return runBranches(this, step, call, environment);
      case 'Loop':
        return runLoop(this, step, call, environment);
      case 'Scan':
        return runScan(this, step, call, environment);
      case 'SequenceMap':
        return runMap(this, step, call, environment);
      default:
        return null;
    }
  }

  private infer(step: Step, call: Call, block: Block): readonly Value[] {
    const { node } = step;
    const whole = sequenceRule(node.domain, node.op)?.(call) ?? null;
    if (whole !== null) return step.writes.map((slot, index) => this.completed(step, index, index === 0 ? whole : null, block.declared[slot]));
    const rule = shapeRule(node.domain, node.op);
    const shapes = step.refused === null ? rule?.(call) : null;
    if (rule === undefined) call.fail(KNOWN_DOMAINS.has(node.domain) ? 'Nibble has no shape rule for this operator' : `Nibble does not know the operators of domain "${node.domain}"`);
    const types = rule === undefined ? [] : outputTypes(call);
    return step.writes.map((slot, index) => {
      const declared = declaredType(block.declared[slot], this.dimensions);
      const inferred = this.filled(step, shapes?.[index] ?? null, declared?.shape ?? null, call);
      const plausible = inferred && this.plausible(call, inferred);
      const shape = plausible && this.named(step, index, plausible, call);
      const ruleType = outputType(types, index);
      const dataType = ruleType === 'undefined' ? (declared?.dataType ?? 'undefined') : ruleType;
      const { elements, blocker } = this.elements(call, shape, index);
      return {
        dataType,
        shape,
        elements,
        constant: index === 0 ? carriedConstant(call, shape) : null,
        blocker: shape !== null ? blocker : (call.blocker ?? blockerOf(call.inputs)),
        producer: step,
      };
    });
  }

  /** A result of a body or of an operator on sequences, with the gaps filled from the declaration and the step as its producer. */
  private completed(step: Step, index: number, value: Value | null, info: ValueInfo | undefined): Value {
    const declared = declaredType(info, this.dimensions);
    const known = value ?? unknownValue({ reason: `the body of ${step.node.op} does not produce it`, blockedBy: step.name });
    const dataType = known.dataType === 'undefined' ? (declared?.dataType ?? 'undefined') : known.dataType;
    const shape = this.filled(step, known.shape, declared?.shape ?? null, known);
    const { elements, constant, blocker, sequence, presence } = known;
    const completed = { dataType, shape: shape && this.named(step, index, shape, known), elements, constant, blocker, producer: step };
    if (sequence === undefined && presence === undefined) return completed;
    return { ...completed, ...(presence && { presence }), ...(sequence && { sequence: this.namedSequence(step, index, sequence, known) }) };
  }

  /** The shape with a symbol in the place of every extent that is not known, named after where it arises. */
  private named(step: Step, index: number, shape: Dims, from: Origin): Dims {
    if (!shape.some(isUnknown)) return shape;
    const cause = this.causeOf(step, from);
    return shape.map((dim, axis) => (isUnknown(dim) ? this.open(`${step.name}${index === 0 ? '' : `:${String(index)}`}.${String(axis)}`, cause) : dim));
  }

  /** The shape with its gaps filled from the declaration, whose names may stand for extents that only running the model tells. */
  private filled(step: Step, shape: Dims | null, declared: Dims | null, from: Origin): Dims | null {
    const result = filled(shape, declared, this.isOpen);
    if (result === null || result === shape) return result;
    for (const dim of result) {
      for (const name of symbolsOf(dim)) if (!this.declared.has(name) && !this.arising.has(name)) this.open(name, this.causeOf(step, from));
    }
    return result;
  }

  /** Why an extent is unknown: what a rule missed, else a dimension that makes an expression too long to be written down, else the data. */
  private causeOf(step: Step, { blocker, inputs }: Origin): Unresolved {
    if (blocker !== null) return blocker;
    const symbols = symbolsOf(...(inputs ?? []).flatMap((value) => [...(value?.shape ?? []), ...(value?.elements ?? [])]));
    const unset = symbols.find((name) => this.declared.has(name));
    return { reason: unset === undefined ? `${step.node.op}: an extent of its output depends on the data` : `dimension "${unset}" is not set`, blockedBy: step.name };
  }

  private namedSequence(step: Step, index: number, { length, items, common }: Sequence, { blocker }: Value): Sequence {
    const [count] = this.named(step, index, [length], { blocker });
    return { length: count!, items, common };
  }

  /** The elements of a small output, or what is missing for them. */
  private elements(call: Call, shape: Dims | null, output: number): { readonly elements: readonly Dim[] | null; readonly blocker: Unresolved | null } {
    const rule = elementRule(call.step.node.domain, call.op, output);
    const numbers = rule && numericShape(shape);
    if (rule === undefined || numbers === null || numbers === undefined) return UNTOLD;
    const count = product(numbers) as number;
    if (count > MAX_ELEMENTS || this.computedElements + count > MAX_TOTAL_ELEMENTS) return UNTOLD;
    // A call of its own, so that what is missing here is not taken for the reason of an unknown shape or cost.
    const attempt = new Call(call.step, call.inputs, call.opset, call.uses);
    const elements = rule(attempt, numbers, output);
    if (elements?.length !== count) return { elements: null, blocker: attempt.blocker };
    this.computedElements += count;
    return { elements, blocker: null };
  }

  /** Null for shapes that no tensor can have: wrong attributes lead to them. */
  private plausible(call: Call, shape: Dims): Dims | null {
    if (shape.length > MAX_RANK) return call.fail(`its output would have ${String(shape.length)} dimensions`);
    for (const dim of shape) {
      if (typeof dim === 'number' && !(Number.isSafeInteger(dim) && dim >= 0)) return call.fail(`an output dimension would be ${String(dim)}`);
    }
    return shape;
  }

  private strictCost(call: Call, outputs: readonly Value[]): Cost | null {
    const { domain, op } = call.step.node;
    return STRICT_COUNTER.knows(domain, op) ? STRICT_COUNTER.cost(call, outputs) : call.fail('Nibble has no cost rule for this operator');
  }
}

const TWO_OF_A_NAME = 'the file has two initializers of its name, which no tool has to tell apart';

const UNTOLD = { elements: null, blocker: null };

function blockerOf(values: readonly (Value | null)[]): Unresolved | null {
  for (const value of values) if (value !== null && value.blocker !== null) return value.blocker;
  return null;
}

/** An optional input that a function call leaves out is left out inside, too. */
function given(value: Value): Value | null {
  return value.presence === 'absent' ? null : value;
}

function missingInput(step: Step, name: string): Value {
  const reason = step.cyclic ? `${step.node.op}: it waits for its own output, the graph has a cycle through "${name}"` : `${step.node.op}: nothing produces its input "${name}"`;
  return unknownValue({ reason, blockedBy: step.name });
}
