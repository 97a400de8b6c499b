import type { EditorState, Figure as ExplainedFigure, HoverText } from '../../src/extension/editorApi';
import type { Layer } from '../../src/graph/layer';
import { formatBytes, formatExact } from '../../src/format/numbers';
import type { AssessmentTotals } from '../../src/jobs/records';
import { element, setText } from '../dom';
import type { Figure } from '../figures';
import { bytesFigure, countFigure, decibels } from '../figures';
import { t, tn } from '../strings';
import type { StringKey } from '../strings';
import { shorten } from '../table/rowView';
import type { Tooltip, TooltipContent } from '../tooltip';
import { actionLink } from '../ui/link';

/** Sums that leave out what is not known. */
const PARTIAL: ReadonlySet<StringKey> = new Set<StringKey>(['figure.hintCompute', 'figure.hintFlops', 'figure.hintPeak']);

interface FigureElements {
  readonly value: HTMLElement;
  readonly unit: HTMLElement;
  readonly note: HTMLElement;
}

export interface FigureRowActions {
  readonly chooseCounting: () => void;
  /** Where a figure of the whole model comes from. */
  readonly explain: (figure: ExplainedFigure) => Promise<HoverText>;
}

/** The figures of the whole model, in one line below the header. Each says in a tooltip what it is and where it comes from. */
export class FigureRow {
  readonly root = element('dl', { class: 'figures' });
  private readonly parameters: FigureElements;
  private readonly weights: FigureElements;
  private readonly bits: FigureElements;
  private readonly compute: FigureElements;
  private readonly flops: FigureElements;
  private readonly peak: FigureElements;
  private readonly error: FigureElements;
  /** How FLOPs are counted; leads to the choice. */
  private readonly counting: HTMLElement;
  /** Why sums are partial; '' when they are not. */
  private why = '';

  constructor(private readonly tooltip: Tooltip, private readonly actions: FigureRowActions) {
    this.parameters = this.add('figure.parameters', 'figure.hintParameters', 'parameters');
    this.weights = this.add('figure.weights', 'figure.hintWeights', 'weightBytes');
    this.bits = this.add('figure.bits', 'figure.hintBits');
    this.compute = this.add('figure.compute', 'figure.hintCompute', 'macs');
    this.flops = this.add('figure.flops', 'figure.hintFlops', 'flops');
    this.peak = this.add('figure.peak', 'figure.hintPeak');
    this.error = this.add('figure.error', 'figure.hintError');
    this.counting = actionLink('', {}, actions.chooseCounting);
    this.flops.note.append(this.counting);
  }

  /** `unknown`: the first layer with an unknown figure, to say why sums are partial; undefined: none is known yet. */
  update(state: EditorState, assessed: AssessmentTotals | null, unknown: Layer | undefined): void {
    const { totals } = state;
    if (totals === null) return;
    const partial = totals.unresolved > 0;
    const unresolved = partial ? t('figure.unresolved', formatExact(totals.unresolved)) : '';
    this.why = partial && unknown?.unresolved ? tn('figure.whyUnresolved', totals.unresolved, shorten(unknown.name), shorten(unknown.unresolved.reason)) : '';
    show(this.parameters, countFigure(totals.parameters));
    show(this.weights, assessed === null ? bytesFigure(totals.weightBytes) : beforeAndAfter(assessed.bytesBefore, assessed.bytesAfter));
    show(this.bits, { value: assessed === null ? '…' : assessed.averageBits.toFixed(1), unit: '' });
    const macs = countFigure(totals.macs);
    // Nothing known is not nothing to compute.
    show(this.compute, totals.macs === 0 && partial ? { value: '?', unit: '' } : atLeast({ value: macs.value, unit: t('figure.macs', macs.unit === '' ? '' : `${macs.unit} `) }, partial), unresolved);
    const flops = countFigure(totals.flops);
    show(this.flops, totals.macs === 0 && partial ? { value: '?', unit: '' } : atLeast(flops, partial));
    setText(this.counting, state.counting);
    show(this.peak, atLeast(bytesFigure(totals.peakActivationBytes), partial));
    const known = assessed === null ? null : decibels(assessed.sqnrDb, null);
    const pending = (assessed?.pending ?? 0) === 0 ? '' : t('figure.pending', assessed?.pending ?? 0);
    show(this.error, known === null ? { value: pending === '' ? '–' : '…', unit: '' } : known === 'exact' ? { value: t('figure.exact'), unit: '' } : { value: known, unit: 'dB' }, pending);
  }

  private add(title: StringKey, hint: StringKey, figure: ExplainedFigure | null = null): FigureElements {
    const value = element('span', { class: 'figure-value', text: '…' });
    const unit = element('span', { class: 'figure-unit' });
    const note = element('span', { class: 'figure-note' });
    const root = element('div', { class: 'figure', attributes: { tabindex: '0' } }, element('dt', { text: t(title) }), element('dd', {}, value, unit, note));
    const content = (): Promise<TooltipContent> | TooltipContent => this.explain(hint, figure);
    root.addEventListener('mouseenter', () => {
      const box = root.getBoundingClientRect();
      this.tooltip.wish({ anchor: root, content }, { x: box.left, y: box.bottom });
    });
    root.addEventListener('focus', () => {
      this.tooltip.wish({ anchor: root, content });
    });
    for (const leaving of ['mouseleave', 'blur'] as const) {
      root.addEventListener(leaving, () => {
        this.tooltip.leave();
      });
    }
    this.root.append(root);
    return { value, unit, note };
  }

  private async explain(hint: StringKey, figure: ExplainedFigure | null): Promise<TooltipContent> {
    const said = [t(hint), ...(this.why !== '' && PARTIAL.has(hint) ? [this.why] : [])].join('. ');
    if (figure === null) return said;
    const explanation = await this.actions.explain(figure);
    return { ...explanation, provenance: `${said}. ${explanation.provenance}` };
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

/** 46.8 → 11.9 MB when both have one unit, else each with its own. */
function beforeAndAfter(before: number, after: number): Figure {
  const from = bytesFigure(before);
  const to = bytesFigure(after);
  return { value: `${from.unit === to.unit ? from.value : formatBytes(before)} → ${to.value}`, unit: to.unit };
}
