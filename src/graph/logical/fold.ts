import type { StepFacts } from '../describe';
import type { Block, Step } from '../step';
import type { IntegerChain, Neighbours } from './integerChain';
import { integerChain, isIntegerOperator } from './integerChain';

/** Which steps of a block share a row. */
export interface Folding {
  /** By position: the positions whose operators are in this row too, ascending; undefined where there are none. */
  readonly members: readonly (readonly number[] | undefined)[];
  /** By position: the step is in another one's row. */
  readonly isMember: readonly boolean[];
  /** By position: its constants are scales and zero points, not parameters. */
  readonly isScaling: readonly boolean[];
  /** By position of the integer operator. */
  readonly chains: ReadonlyMap<number, IntegerChain>;
  /** The steps that read the first output of the one at a position. */
  readonly readersOf: (position: number) => readonly Step[];
}

const NONE = -1;

/**
 * Finds the layer that each helper of a block serves. A QuantizeLinear goes to the layer that made its input, a
 * DequantizeLinear to the first one that reads its output, each to the other side where there is none on its own; what
 * prepares weights goes to the layer that uses them. Helpers that serve no layer stay rows. Null when the block has no helpers.
 * Linear in the mentions of values.
 */
export function foldBlock(block: Block, facts: readonly (StepFacts | undefined)[]): Folding | null {
  // A block is walked as a whole or not at all.
  if (facts[block.steps[0]?.id ?? -1] === undefined || !block.steps.some((step) => (facts[step.id]?.role ?? null) !== null || isIntegerOperator(step))) return null;
  return new Folder(block, facts).fold();
}

class Folder implements Neighbours {
  readonly steps: readonly Step[];
  /** By slot: the position of the step that makes it. */
  private readonly makers: Int32Array;
  /** By slot: positions of the steps that read it, ascending. */
  private readonly readers: (number[] | undefined)[] = [];
  /** By position: the row that it is in, as far as chains decide it. */
  private readonly chained: Int32Array;

  constructor(
    private readonly block: Block,
    private readonly facts: readonly (StepFacts | undefined)[],
  ) {
    this.steps = block.steps;
    this.makers = new Int32Array(block.slots.size).fill(NONE);
    this.chained = new Int32Array(block.steps.length).fill(NONE);
    for (const [position, { reads, writes }] of block.steps.entries()) {
      for (const slot of writes) if (slot >= 0) this.makers[slot] = position;
      for (const slot of reads) if (slot >= 0) (this.readers[slot] ??= []).push(position);
    }
  }

  fold(): Folding {
    const chains = this.findChains();
    const [up, down, through] = [this.rowsAbove(), this.rowsBelow(false), this.rowsBelow(true)];
    const members: (number[] | undefined)[] = new Array<undefined>(this.steps.length);
    const isMember = this.steps.map((_, position) => {
      const home = this.chained[position]! !== NONE ? this.chained[position]! : this.homeOf(position, up, down, through);
      if (home === NONE) return false;
      (members[home] ??= []).push(position);
      return true;
    });
    const isScaling = this.steps.map((_, position) => this.factsAt(position)?.role === 'constant');
    for (const { scaling } of chains.values()) for (const position of scaling) isScaling[position] = true;
    return { members, isMember, isScaling, chains, readersOf: (position) => this.readersOf(position) };
  }

  private readersOf(position: number): readonly Step[] {
    const slot = this.steps[position]!.writes[0] ?? NONE;
    return slot < 0 ? [] : (this.readers[slot] ?? []).map((reader) => this.steps[reader]!);
  }

  factsAt(position: number): StepFacts | undefined {
    return this.facts[this.steps[position]!.id];
  }

  producerOf(position: number, input: number): number {
    return position < 0 ? NONE : this.makerOf(this.steps[position]!.reads[input]);
  }

  onlyReaderOf(position: number): number {
    const slot = this.steps[position]!.writes[0] ?? NONE;
    const readers = slot < 0 ? undefined : this.readers[slot];
    return readers?.length === 1 && this.block.uses[slot] === 1 ? readers[0]! : NONE;
  }

  private makerOf(slot: number | undefined): number {
    return slot === undefined || slot < 0 ? NONE : this.makers[slot]!;
  }

  private findChains(): ReadonlyMap<number, IntegerChain> {
    const chains = new Map<number, IntegerChain>();
    for (const [position, step] of this.steps.entries()) {
      if (!isIntegerOperator(step)) continue;
      const chain = integerChain(position, this);
      chains.set(position, chain);
      for (const member of chain.members) this.chained[member] = position;
    }
    return chains;
  }

  private homeOf(position: number, up: Int32Array, down: Int32Array, through: Int32Array): number {
    const [above, below] = [up[position]!, down[position]!];
    switch (this.factsAt(position)?.role ?? null) {
      case null:
        return NONE;
      case 'constant':
        return through[position]!;
      case 'before':
        return below !== NONE ? below : above;
      case 'after':
        return above !== NONE ? above : below;
    }
  }

  /** The row of a step that is not a helper: its own, or that of the chain that it is in. */
  private rowOf(position: number): number {
    if (this.chained[position]! !== NONE) return this.chained[position]!;
    return (this.factsAt(position)?.role ?? null) === null ? position : NONE;
  }

  /** By position: the nearest row that makes the first input, past helpers. Helpers in a cycle have none. */
  private rowsAbove(): Int32Array {
    const above = new Int32Array(this.steps.length).fill(NONE);
    for (let position = 0; position < this.steps.length; position += 1) {
      const maker = this.producerOf(position, 0);
      if (maker === NONE || maker >= position) continue;
      const row = this.rowOf(maker);
      above[position] = row !== NONE ? row : above[maker]!;
    }
    return above;
  }

  /** By position: the first row that reads an output, past helpers and, for constants, past rows that only move them. */
  private rowsBelow(pastCarriers: boolean): Int32Array {
    const below = new Int32Array(this.steps.length).fill(NONE);
    for (let position = this.steps.length - 1; position >= 0; position -= 1) {
      for (const slot of this.steps[position]!.writes) {
        if (below[position] !== NONE || slot < 0) continue;
        for (const reader of this.readers[slot] ?? []) {
          if (reader <= position) continue;
          const row = this.rowOf(reader);
          const carries = pastCarriers && this.factsAt(reader)?.carries === true;
          below[position] = row !== NONE && !carries ? row : below[reader]! !== NONE || !carries ? below[reader]! : row;
          if (below[position] !== NONE) break;
        }
      }
    }
    return below;
  }
}
