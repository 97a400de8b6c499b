import type { EditorState } from '../../src/extension/editorApi';
import { formatBytes } from '../../src/format/numbers';
import type { AssessmentTotals } from '../../src/jobs/records';
import { element, setText } from '../dom';
import type { Figure } from '../figures';
import { bytesFigure, countFigure, decibels } from '../figures';
import { t } from '../strings';
import type { StringKey } from '../strings';

interface FigureElements {
  readonly root: HTMLElement;
  readonly value: HTMLElement;
  readonly unit: HTMLElement;
  readonly note: HTMLElement;
}

/** The figures of the whole model, in one line below the header. */
export class FigureRow {
  readonly root = element('dl', { class: 'figures' });
  private readonly parameters = this.add('figure.parameters', 'figure.hintParameters');
  private readonly weights = this.add('figure.weights', 'figure.hintWeights');
  private readonly bits = this.add('figure.bits', 'figure.hintBits');
  private readonly compute = this.add('figure.compute', 'figure.hintCompute');
  private readonly peak = this.add('figure.peak', 'figure.hintPeak');
  private readonly error = this.add('figure.error', 'figure.hintError');

  update(state: EditorState, assessed: AssessmentTotals | null): void {
    const { totals } = state;
    if (totals === null) return;
    const unresolved = totals.unresolved === 0 ? '' : t('figure.unresolved', totals.unresolved);
    show(this.parameters, countFigure(totals.parameters));
    show(this.weights, assessed === null ? bytesFigure(totals.weightBytes) : beforeAndAfter(assessed.bytesBefore, assessed.bytesAfter));
    show(this.bits, { value: assessed === null ? '…' : assessed.averageBits.toFixed(1), unit: '' });
    const macs = countFigure(totals.macs);
    // Nothing known is not nothing to compute.
    if (totals.macs === 0 && totals.unresolved > 0) show(this.compute, { value: '?', unit: '' }, t('figure.allUnresolved', totals.unresolved));
    else show(this.compute, { value: macs.value, unit: t('figure.macs', macs.unit === '' ? '' : `${macs.unit} `) }, unresolved);
    show(this.peak, bytesFigure(totals.peakActivationBytes), unresolved);
    const known = assessed === null ? null : decibels(assessed.sqnrDb, null);
    const pending = (assessed?.pending ?? 0) === 0 ? '' : t('figure.pending', assessed?.pending ?? 0);
    show(this.error, known === null ? { value: pending === '' ? '–' : '…', unit: '' } : known === 'exact' ? { value: t('figure.exact'), unit: '' } : { value: known, unit: 'dB' }, pending);
  }

  private add(title: StringKey, hint: StringKey): FigureElements {
    const value = element('span', { class: 'figure-value', text: '…' });
    const unit = element('span', { class: 'figure-unit' });
    const note = element('span', { class: 'figure-note' });
    const root = element('div', { class: 'figure', title: t(hint) }, element('dt', { text: t(title) }), element('dd', {}, value, unit, note));
    this.root.append(root);
    return { root, value, unit, note };
  }
}

function show(elements: FigureElements, figure: Figure, note = ''): void {
  setText(elements.value, figure.value);
  setText(elements.unit, figure.unit);
  setText(elements.note, note);
}

/** 46.8 → 11.9 MB when both have one unit, else each with its own. */
function beforeAndAfter(before: number, after: number): Figure {
  const from = bytesFigure(before);
  const to = bytesFigure(after);
  return { value: `${from.unit === to.unit ? from.value : formatBytes(before)} → ${to.value}`, unit: to.unit };
}
