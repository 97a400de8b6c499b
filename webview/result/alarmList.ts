import { alarmsOf } from '../../src/format/alarms';
import type { Alarm } from '../../src/format/alarms';
import { formatDb, formatExact, formatPercent } from '../../src/format/numbers';
import type { QuantizeResult } from '../../src/jobs/records';
import { element, icon } from '../dom';
import { t } from '../strings';
import { shorten } from '../table/rowView';

/** What has to be said before anything else about a result; nothing when all is well. */
export function alarmList(result: QuantizeResult): readonly HTMLElement[] {
  return alarmsOf(result).map((alarm) => element('p', { class: 'result-alarm', attributes: { role: 'alert' } }, icon('error'), element('span', { text: textOf(alarm) })));
}

function textOf(alarm: Alarm): string {
  switch (alarm.kind) {
    case 'accuracy':
      return t('result.alarmAccuracy', formatExact(alarm.samples), formatPercent(alarm.before), formatPercent(alarm.after));
    case 'top1':
      return t('result.alarmTop1', formatPercent(alarm.share), formatExact(alarm.samples), shorten(alarm.output));
    case 'outputs':
      return t('result.alarmOutputs', shorten(alarm.output), formatDb(alarm.sqnrDb));
  }
}
