import type { EditorState } from '../../src/extension/editorApi';
import type { Layer } from '../../src/graph/layer';
import { formatBytes, formatExact } from '../../src/format/numbers';
import type { AssessmentTotals } from '../../src/jobs/records';
import { element, setText } from '../dom';
import type { Figure } from '../figures';
import { bytesFigure, countFigure, decibels } from '../figures';
import { t } from '../strings';
import type { StringKey } from '../strings';
import { shorten } from '../table/rowView';
import { actionLink } from '../ui/link';

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
  private readonly flops = this.add('figure.flops', 'figure.hintFlops');
  private readonly peak = this.add('figure.peak', 'figure.hintPeak');
  private readonly error = this.add('figure.error', 'figure.hintError');
  /** How FLOPs are counted; leads to the choice. */
  private readonly counting: HTMLElement;

  constructor(chooseCounting: () => void) {
    this.counting = actionLink('', { hint: t('figure.hintCounting') }, chooseCounting);
    this.flops.note.append(this.counting);
  }

  /** `unknown`: the first layer with an unknown figure, to say why sums are partial; undefined: none is known yet. */
  update(state: EditorState, assessed: AssessmentTotals | null, unknown: Layer | undefined): void {
    const { totals } = state;
    if (totals === null) return;
    const partial = totals.unresolved > 0;
    const unresolved = partial ? t('figure.unresolved', formatExact(totals.unresolved)) : '';
    const why = partial && unknown?.unresolved ? t('figure.whyUnresolved', formatExact(totals.unresolved), shorten(unknown.name), shorten(unknown.unresolved.reason)) : '';
    show(this.parameters, countFigure(totals.parameters));
    show(this.weights, assessed === null ? bytesFigure(totals.weightBytes) : beforeAndAfter(assessed.bytesBefore, assessed.bytesAfter));
    show(this.bits, { value: assessed === null ? '…' : assessed.averageBits.toFixed(1), unit: '' });
    const macs = countFigure(totals.macs);
    // Nothing known is not nothing to compute.
    show(this.compute, totals.macs === 0 && partial ? { value: '?', unit: '' } : atLeast({ value: macs.value, unit: t('figure.macs', macs.unit === '' ? '' : `${macs.unit} `) }, partial), unresolved);
    const flops = countFigure(totals.flops);
    show(this.flops, totals.flops === 0 && partial ? { value: '?', unit: '' } : atLeast(flops, partial));
    setText(this.counting, state.counting);
    show(this.peak, atLeast(bytesFigure(totals.peakActivationBytes), partial));
    explain(this.compute, 'figure.hintCompute', why);
    explain(this.flops, 'figure.hintFlops', why);
    explain(this.peak, 'figure.hintPeak', why);
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

/** `note`: null leaves what stands there. */
function show(elements: FigureElements, figure: Figure, note: string | null = null): void {
  setText(elements.value, figure.value);
  setText(elements.unit, figure.unit);
  if (note !== null) setText(elements.note, note);
}

/** A sum that leaves something out is a lower bound and says so. */
function atLeast(figure: Figure, partial: boolean): Figure {
  return partial ? { ...figure, value: t('figure.atLeast', figure.value) } : figure;
}

function explain(elements: FigureElements, hint: StringKey, why: string): void {
  elements.root.title = why === '' ? t(hint) : `${t(hint)}. ${why}`;
}

/** 46.8 → 11.9 MB when both have one unit, else each with its own. */
function beforeAndAfter(before: number, after: number): Figure {
  const from = bytesFigure(before);
  const to = bytesFigure(after);
  return { value: `${from.unit === to.unit ? from.value : formatBytes(before)} → ${to.value}`, unit: to.unit };
}
