import { add, equalDims, multiply, subtract, UNKNOWN_DIM } from '../dim';
import type { Dim } from '../dim';
import type { Unresolved } from '../layer';
import type { Block, Step } from '../step';
import type { Value } from '../value';
import { unknownValue } from '../value';
import { either } from './merge';
import type { BodyRunner } from './runner';

/** Passes in which the state's shape may settle; after them what still changes is unknown. */
const MAX_PASSES = 4;

/** What a body makes of its state when it runs again and again. */
export interface Settled {
  /** After the last iteration. */
  readonly state: readonly Value[];
  /** The body's other outputs, as they are in every iteration. */
  readonly slices: readonly Value[];
}

export interface Repeated {
  readonly runner: BodyRunner;
  readonly step: Step;
  readonly body: Block;
  /** Positions of the state's first value among the body's inputs and outputs. */
  readonly firstInput: number;
  readonly firstOutput: number;
  readonly initial: readonly Value[];
  readonly times: Dim;
  /** Names of symbols that mean nothing outside the body: the number of the iteration. */
  readonly inside: readonly string[];
  /** Runs the body with this state. */
  readonly pass: (state: readonly Value[]) => readonly Value[];
}

/**
 * Runs a body until the shapes of its state stay the same from one iteration to the next. An extent that changes gets a
 * symbol of its own for inside the body; when it grows by the same amount every time, it is known after the last iteration.
 * State that the body hands through unchanged keeps all that is known about it.
 */
export function settle(loop: Repeated): Settled {
  const { runner, step, body, firstInput, firstOutput, initial } = loop;
  const changes: Unresolved = { reason: `${step.node.op}: its state changes shape from one iteration to the next`, blockedBy: step.name };
  const state = initial.map((value, index) => new State(value, body.outputs[firstOutput + index] === body.inputs[firstInput + index], `${step.name}/${body.inputs[firstInput + index] ?? ''}`, changes));
  for (let passes = 1; ; passes += 1) {
    if (passes === MAX_PASSES || (passes === 1 && !runner.mayRepeat(body))) for (const one of state) one.giveUp();
    const outputs = loop.pass(state.map(({ value }) => value));
    let stable = true;
    for (const [index, one] of state.entries()) stable = one.meet(outputs[firstOutput + index] ?? null, runner) && stable;
    if (stable || passes === MAX_PASSES) {
      const opened = new Set([...loop.inside, ...state.flatMap((one) => [...one.opened])]);
      return {
        state: state.map((one) => one.after(loop.times, opened)),
        slices: outputs.slice(firstOutput + initial.length).map((value) => closed(value, opened)),
      };
    }
    runner.mayRepeat(body);
  }
}

/** One value of a loop's state. Its extents are its shape's, or the length of a sequence. */
class State {
  value: Value;
  /** Names of the symbols that stand for extents that change. */
  readonly opened = new Set<string>();
  private readonly openAxes = new Set<number>();
  private result: Value | null = null;

  constructor(
    private readonly initial: Value,
    private readonly constant: boolean,
    private readonly name: string,
    private readonly changes: Unresolved,
  ) {
    this.value = constant ? initial : varying(initial);
  }

  giveUp(): void {
    if (!this.constant) this.value = unknownValue(this.changes, this.value.dataType);
  }

  /** Compares what the body made of the value with what it got; false when another pass with a looser value is needed. */
  meet(after: Value | null, runner: BodyRunner): boolean {
    this.result = after;
    if (this.constant) return true;
    const extents = extentsOf(this.value);
    if (extents === null) return true;
    const next = after && extentsOf(after);
    if (after === null || next?.length !== extents.length || (this.value.sequence === undefined) !== (after.sequence === undefined)) {
      this.giveUp();
      return false;
    }
    const loosened = extents.map((dim, axis) => (this.openAxes.has(axis) || equalDims(dim, next[axis]!) ? dim : this.open(axis, runner)));
    const stable = loosened.every((dim, axis) => dim === extents[axis]);
    this.value = this.loosened(loosened, after);
    return stable;
  }

  /** The value after the last iteration. `opened`: symbols that mean nothing outside the loop. */
  after(times: Dim, opened: ReadonlySet<string>): Value {
    if (this.constant) return this.value;
    const result = this.result ?? this.value;
    const [first, before, last] = [extentsOf(this.initial), extentsOf(this.value), extentsOf(result)];
    if (last === null) return result;
    const final = last.map((dim, axis) => {
      if (!this.openAxes.has(axis)) return mentions(dim, opened) ? UNKNOWN_DIM : dim;
      const growth = subtract(dim, before?.[axis] ?? UNKNOWN_DIM);
      return mentions(growth, opened) ? UNKNOWN_DIM : add(first?.[axis] ?? UNKNOWN_DIM, multiply(growth, times));
    });
    return withExtents({ ...result, elements: null, constant: null, blocker: result.blocker ?? (this.openAxes.size > 0 ? this.changes : null) }, final);
  }

  private open(axis: number, runner: BodyRunner): Dim {
    const name = `${this.name}.${this.value.sequence === undefined ? String(axis) : 'length'}`;
    this.openAxes.add(axis);
    this.opened.add(name);
    return runner.open(name, this.changes);
  }

  private loosened(extents: readonly Dim[], after: Value): Value {
    const value = withExtents(this.value, extents);
    const [own, made] = [value.sequence, after.sequence];
    if (own === undefined || made === undefined) return value;
    const common = own.common === null || made.common === null ? (own.common ?? made.common) : either(own.common, made.common, this.changes);
    return { ...value, dataType: after.dataType, sequence: { ...own, common } };
  }
}

/** The same kind of value with elements that may be others in every iteration. */
function varying(value: Value): Value {
  const { dataType, shape, blocker, sequence, presence } = value;
  return {
    ...unknownValue({ reason: '', blockedBy: '' }, dataType),
    shape,
    blocker,
    ...(sequence && { sequence: { ...sequence, items: null } }),
    ...(presence && { presence: 'unknown' }),
  };
}

/** A slice whose extents do not mention what means nothing outside the loop. */
function closed(value: Value, opened: ReadonlySet<string>): Value {
  const extents = extentsOf(value);
  return extents === null || opened.size === 0 ? value : withExtents(value, extents.map((dim) => (mentions(dim, opened) ? UNKNOWN_DIM : dim)));
}

function extentsOf({ shape, sequence }: Value): readonly Dim[] | null {
  return sequence === undefined ? shape : [sequence.length];
}

function withExtents(value: Value, extents: readonly Dim[]): Value {
  const { dataType, elements, constant, blocker, producer, sequence, presence } = value;
  const shared = { dataType, elements, constant, blocker, producer, ...(presence && { presence }) };
  return sequence === undefined ? { ...shared, shape: extents } : { ...shared, shape: null, sequence: { ...sequence, length: extents[0]!, items: null } };
}

function mentions(dim: Dim, names: ReadonlySet<string>): boolean {
  return typeof dim !== 'number' && dim.symbols.some((name) => names.has(name));
}
