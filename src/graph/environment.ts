import type { Value } from './value';

/** The values in sight of a block: its own and those of the blocks around it. */
export class Environment {
  private readonly own = new Map<string, Value>();

  constructor(private readonly outer: Environment | null) {}

  get(name: string): Value | undefined {
    return this.own.get(name) ?? this.outer?.get(name);
  }

  has(name: string): boolean {
    return this.own.has(name);
  }

  set(name: string, value: Value): void {
    this.own.set(name, value);
  }
}
