import type { Block } from './step';
import type { Value } from './value';

/** The values in sight while a block is walked: its own by slot, those of the blocks around it by name. */
export class Environment {
  private readonly values: (Value | undefined)[];

  constructor(
    private readonly block: Block,
    private readonly outer: Environment | null,
  ) {
    this.values = new Array<Value | undefined>(block.slots.size);
  }

  /** The value that a block's own node reads. */
  read(slot: number, name: string): Value | undefined {
    return this.values[slot] ?? this.outer?.find(name);
  }

  find(name: string): Value | undefined {
    const slot = this.block.slots.get(name);
    return (slot === undefined ? undefined : this.values[slot]) ?? this.outer?.find(name);
  }

  /** The block's own value. */
  at(slot: number): Value | undefined {
    return this.values[slot];
  }

  set(slot: number, value: Value): void {
    this.values[slot] = value;
  }
}
