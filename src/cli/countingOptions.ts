import { type Command, Option } from 'commander';
import type { ConventionId, Counting } from '../graph/counting';
import { CONVENTIONS } from '../graph/cost/conventions';
import { checked } from './checkedOption';
import { UsageError } from './usageError';

/** How a command counts FLOPs. */
export interface CountingOptions {
  readonly convention: ConventionId;
  readonly opWeight: Readonly<Record<string, number>>;
}

export function withCounting(command: Command): Command {
  return command
    .addOption(new Option('--convention <name>', 'how FLOPs are counted; "nibble conventions" explains each').choices(CONVENTIONS.map(({ id }) => id)).default('strict'))
    .addOption(new Option('--op-weight <name=number>', 'operations that an operator counts per element, instead of the convention’s; repeat for more').default({}, 'those of the convention').argParser(checked(parseWeight)));
}

export function countingOf({ convention, opWeight }: CountingOptions): Counting {
  return { convention, weights: opWeight };
}

/** One `--op-weight NAME=NUMBER`, added to those before. */
function parseWeight(text: string, before: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const [, name, number] = /^([\w.]+)=(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (name === undefined || number === undefined) throw new UsageError(`"${text}" is not understood; expected NAME=NUMBER, for example Sigmoid=1.`);
  return { ...before, [name]: Number(number) };
}
