import type { QuantizeResult } from '../jobs/records';
import { certainty } from './activations';
import { formatDb, formatPercent } from './numbers';

/** More lost answers than this are no noise: one labelled sample in a hundred. */
export const MAX_LOST_ACCURACY = 0.01;
/** Fewer samples with the same top-1 are a sign that answers change. */
export const MIN_SAME_TOP1 = 0.95;

/** What is so bad about a result that it has to be said before anything else. */
export type Alarm =
  | { readonly kind: 'accuracy'; readonly before: number; readonly after: number; readonly samples: number }
  | { readonly kind: 'top1'; readonly output: string; readonly share: number; readonly samples: number }
  | { readonly kind: 'outputs'; readonly output: string; readonly sqnrDb: number | null };

/** Alarms of a result, the surest first. Random inputs say nothing about answers; where labels do, the distance of outputs is no alarm. */
export function alarmsOf({ accuracy, outputs }: Pick<QuantizeResult, 'accuracy' | 'outputs'>): readonly Alarm[] {
  const onSamples = outputs.filter(({ source }) => source === 'samples');
  const lost = accuracy !== null && Math.round((accuracy.before - accuracy.after) * accuracy.samples) > MAX_LOST_ACCURACY * accuracy.samples ? [{ kind: 'accuracy' as const, ...accuracy }] : [];
  const changed = onSamples.flatMap(({ name, sameTop1, samples }) => (sameTop1 !== null && sameTop1 < MIN_SAME_TOP1 ? [{ kind: 'top1' as const, output: name, share: sameTop1, samples }] : []));
  const answersKnown = accuracy !== null;
  // No SQNR, and no error either: the output is all zero in both.
  const far = answersKnown ? [] : onSamples.flatMap(({ name, sqnrDb, maxError }) => (maxError !== 0 && certainty(sqnrDb) === 'poor' ? [{ kind: 'outputs' as const, output: name, sqnrDb }] : []));
  return [...lost, ...changed, ...far];
}

/** An alarm as a sentence. */
export function alarmText(alarm: Alarm): string {
  switch (alarm.kind) {
    case 'accuracy':
      return `The accuracy on ${alarm.samples} labelled samples falls from ${formatPercent(alarm.before)} to ${formatPercent(alarm.after)}.`;
    case 'top1':
      return `Only ${formatPercent(alarm.share)} of ${alarm.samples} samples keep their top-1 in the output ${JSON.stringify(alarm.output)}.`;
    case 'outputs':
      return `The output ${JSON.stringify(alarm.output)} is far from that of the float model (${formatDb(alarm.sqnrDb)}): measure the accuracy on labelled samples before using it.`;
  }
}
