import type { LayerKernel, QuantizedActivationsResult } from '../jobs/records';
import type { ActivationFormat } from '../quant/activationFormat';
import type { ActivationRangeMethod } from '../quant/observe/activationRange';
import { isAsPredicted } from './kernels';
import { formatDb, formatPercent } from './numbers';

/** From this output SQNR on, networks of many kinds lost no more than one percent of their score. */
export const CERTAIN_DB = 28;
/** Below it, most lost more. */
export const UNCERTAIN_DB = 20;

/** How far a result can be relied on, judged by its output SQNR alone. */
export function certainty(sqnrDb: number | null): 'certain' | 'uncertain' | 'poor' {
  if (sqnrDb === null || sqnrDb < UNCERTAIN_DB) return 'poor';
  return sqnrDb < CERTAIN_DB ? 'uncertain' : 'certain';
}

const VERDICTS = {
  certain: 'close to the float model',
  uncertain: 'uncertain: measure the accuracy on labelled samples',
  poor: 'far from the float model: measure the accuracy on labelled samples before using it',
} as const;

/** What became of the activations, in a line: "uint8 in 12 of 14 layers, ranges by mse from 32 samples: 35.4 dB, close to the float model". */
export function formatActivations({ format, method, equalized, source, samples, sqnrDb, layers, float, integerMacs, givenRanges, verified }: QuantizedActivationsResult): string {
  const figure = sqnrDb === null ? 'not measured' : `${formatDb(sqnrDb)}, ${VERDICTS[certainty(sqnrDb)]}`;
  const share = integerMacs === null ? '' : `; ${formatPercent(integerMacs)} of the MACs in integer kernels${verified ? '' : ', by the rules of the target'}`;
  return `${format} in ${layers.length} of ${layers.length + float.length} layers, ranges by ${formatMethod({ method, equalized })}${givenRanges === 0 ? '' : ` (${givenRanges} given)`} from ${formatOrigin({ source, samples })}: ${figure}${share}`;
}

/** What ranges were found on: "32 samples" */
export function formatOrigin({ source, samples }: Pick<QuantizedActivationsResult, 'source' | 'samples'>): string {
  return source === 'random' ? 'random inputs, a guess' : `${samples} sample${samples === 1 ? '' : 's'}`;
}

/** Layers that run otherwise than the rules of the target say, in a line; null when there are none. */
export function formatSurprises(kernels: QuantizedActivationsResult['kernels']): string | null {
  const [first, ...others] = kernels.filter((kernel) => !isAsPredicted(kernel));
  if (first === undefined) return null;
  return `${first.layer} runs as ${first.kernel}, and was to run as ${first.predicted}${others.length === 0 ? '' : `; ${others.length} more of this kind, see --json`}`;
}

/** How wide what a layer reads is, in short: "A8", "A16"; "A32" for floats. */
export function formatActivationBits(format: ActivationFormat | null): string {
  return `A${format === null ? '32' : format.endsWith('16') ? '16' : '8'}`;
}

/** "mse", "minmax of evened channels" */
export function formatMethod({ method, equalized }: { readonly method: ActivationRangeMethod; readonly equalized: boolean }): string {
  return `${method}${equalized ? ' of evened channels' : ''}`;
}

/** What became of one layer that could compute on codes. */
export interface LayerActivations {
  readonly name: string;
  readonly op: string;
  /** Whether it reads codes, and whether it gives them out. */
  readonly reads: boolean;
  readonly gives: boolean;
  /** What computes it; null: that could not be found. */
  readonly kernel: LayerKernel | null;
  /** Why its activations, or its output, stay float, as a part of a sentence; ''. */
  readonly why: string;
}

/** Every layer that the result says something about: those that read codes first, in the order of the model. */
export function layerActivations({ layers, float, kernels }: QuantizedActivationsResult): readonly LayerActivations[] {
  const ran = new Map(kernels.map((kernel) => [kernel.layer, kernel]));
  return [
    ...layers.map(({ name, op, output, why }) => ({ name, op, reads: true, gives: output === 'quantized', kernel: ran.get(name) ?? null, why })),
    ...float.map(({ name, op, why }) => ({ name, op, reads: false, gives: false, kernel: ran.get(name) ?? null, why })),
  ];
}
