import type { Attribute } from '../onnx/model';
import type { DataType } from '../onnx/dtypes';
import { intOf } from './attributes';
import type { Dim } from './dim';
import type { Unresolved } from './layer';
import type { Step } from './step';
import type { Dims, Value } from './value';

/**
 * One operator with what is known about its inputs: what rules are given. A rule that cannot answer returns null; the
 * call remembers the first thing that was missing, so that the layer can say why.
 */
export class Call {
  private missing: Unresolved | null = null;

  constructor(
    readonly step: Step,
    readonly inputs: readonly (Value | null)[],
    /** Version of the operator set that the node belongs to. */
    readonly opset: number,
    /** How often each slot is read in the block. */
    readonly uses: Uint32Array,
  ) {}

  get op(): string {
    return this.step.node.op;
  }

  get outputCount(): number {
    return this.step.node.outputs.length;
  }

  /** The first thing that a rule missed. */
  get blocker(): Unresolved | null {
    return this.missing;
  }

  /** True when the input is given (optional inputs can be left out or empty). */
  has(input: number): boolean {
    return (this.inputs[input] ?? null) !== null;
  }

  value(input: number): Value | null {
    return this.inputs[input] ?? null;
  }

  dataType(input: number): DataType {
    return this.inputs[input]?.dataType ?? 'undefined';
  }

  /** True when no other operator reads this input's value. */
  isOnlyReader(input: number): boolean {
    return this.uses[this.step.reads[input] ?? -1] === 1;
  }

  /** The input's shape; null (and remembered) when its rank is unknown. */
  shape(input: number): Dims | null {
    const value = this.inputs[input] ?? null;
    if (value === null) return this.fail(`input ${String(input)} of ${this.op} is missing`);
    if (value.shape !== null) return value.shape;
    return value.blocker === null ? this.fail(`the shape of ${this.nameOf(input)} is unknown`) : this.blame(value.blocker);
  }

  /** The input's elements as far as they can be computed from the structure; null (and remembered) else. */
  elements(input: number): readonly Dim[] | null {
    const value = this.inputs[input] ?? null;
    if (value === null) return this.fail(`input ${String(input)} of ${this.op} is missing`);
    const { elements } = value;
    if (elements !== null) return elements;
    return value.blocker === null ? this.fail(`${this.nameOf(input)} is computed at run time`) : this.blame(value.blocker);
  }

  /** Elements that are all plain numbers. */
  numbers(input: number): readonly number[] | null {
    const elements = this.elements(input);
    if (elements === null) return null;
    const numbers = elements.filter((element) => typeof element === 'number');
    if (numbers.length === elements.length) return numbers;
    const unset = elements.flatMap((element) => (typeof element === 'number' ? [] : element.symbols))[0];
    return this.fail(unset === undefined ? `${this.nameOf(input)} is computed at run time` : `${this.nameOf(input)} depends on dimension "${unset}", which is not set`);
  }

  int(name: string, otherwise: number): number {
    return intOf(this.step.node, name, otherwise);
  }

  ints(name: string): readonly number[] | null {
    const attribute = this.attribute(name);
    return attribute?.kind === 'ints' ? attribute.value : null;
  }

  floats(name: string): readonly number[] | null {
    const attribute = this.attribute(name);
    return attribute?.kind === 'floats' ? attribute.value : null;
  }

  text(name: string, otherwise: string): string {
    const attribute = this.attribute(name);
    return attribute?.kind === 'string' ? attribute.value : otherwise;
  }

  attribute(name: string): Attribute | undefined {
    return this.step.node.attributes.get(name);
  }

  /** Remembers that an input is not what a rule needs, or what kept it from being known. */
  lacks(input: number, what: string): null {
    const blocker = this.value(input)?.blocker ?? null;
    return blocker === null ? this.fail(`${this.nameOf(input)} ${what}`) : this.blame(blocker);
  }

  /** Remembers why a rule cannot answer. */
  fail(reason: string): null {
    return this.blame({ reason: `${this.op}: ${reason}`, blockedBy: this.step.name });
  }

  private nameOf(input: number): string {
    return `its input "${this.step.node.inputs[input] ?? ''}"`;
  }

  private blame(cause: Unresolved): null {
    this.missing ??= cause;
    return null;
  }
}
