import { l10n } from 'vscode';
import type { AssessmentTotals } from '../jobs/records';
import { formatBytes, formatDb } from '../format/numbers';
import { plural } from '../format/plural';

/** "46.8 MB → 11.9 MB · 8.1 bits on average · 39.8 dB" */
export function assessmentText(totals: AssessmentTotals): string {
  const size = `${formatBytes(totals.bytesBefore)} → ${formatBytes(totals.bytesAfter)}`;
  const bits = l10n.t('{0} bits on average', totals.averageBits.toFixed(1));
  const error = totals.pending > 0 ? plural(totals.pending, l10n.t('measuring 1 layer…'), l10n.t('measuring {0} layers…', totals.pending)) : totals.sqnrDb === null ? '' : formatDb(totals.sqnrDb);
  return [size, bits, error].filter((part) => part !== '').join(' · ');
}
