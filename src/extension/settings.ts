import { availableParallelism } from 'node:os';
import { workspace } from 'vscode';
import type { Uri } from 'vscode';
import type { EngineSettings } from '../engine/api';
import { CONVENTIONS } from '../graph/cost/conventions';
import { STRICT_COUNTING } from '../graph/counting';
import type { Counting } from '../graph/counting';
import type { PlannedWeights } from '../plan/plan';
import type { WeightBits, WeightFormat } from '../quant/scheme';

export const SECTION = 'nibble';

/** The setting that the page's choice of a convention is kept in. */
export const COUNTING_SETTING = `${SECTION}.counting`;

const MIB = 2 ** 20;

export function engineSettings(): EngineSettings {
  const configuration = workspace.getConfiguration(`${SECTION}.engine`);
  const threads = configuration.get<number>('threads', 0);
  return {
    threads: threads > 0 ? Math.min(Math.floor(threads), availableParallelism()) : 0,
    memoryLimitBytes: Math.max(64, configuration.get<number>('memoryLimit', 1024)) * MIB,
  };
}

/** What a new plan says about layers that no rule names. */
export function defaultWeights(resource: Uri): PlannedWeights {
  const configuration = workspace.getConfiguration(`${SECTION}.default`, resource);
  const format = configuration.get<WeightFormat>('weights', 'int8');
  if (format === 'float' || format === 'float16') return format;
  const signed = !format.startsWith('u');
  const granularity = configuration.get<string>('granularity', 'channel');
  const block = /^block (\d+)$/.exec(granularity)?.[1];
  const symmetric = configuration.get<boolean>('symmetric', true);
  return {
    bits: Number(/\d+$/.exec(format)?.[0]) as WeightBits,
    symmetric,
    ...(signed === symmetric ? {} : { signed }),
    granularity: block === undefined ? (granularity === 'tensor' ? 'tensor' : 'channel') : { block: Number(block) },
  };
}

export function defaultTarget(resource: Uri): string {
  return workspace.getConfiguration(SECTION, resource).get<string>('target', 'onnxruntime-cpu');
}

/** How FLOPs are counted in this window. */
export function countingSetting(): Counting {
  const id = workspace.getConfiguration(SECTION).get<string>('counting', STRICT_COUNTING.convention);
  // Settings are edited by hand: what is no convention is counted strictly.
  return { ...STRICT_COUNTING, convention: CONVENTIONS.find((convention) => convention.id === id)?.id ?? STRICT_COUNTING.convention };
}
