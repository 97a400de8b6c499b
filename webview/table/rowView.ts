import { element, icon, setAttribute, setText } from '../dom';
import { formatActivationBits } from '../../src/format/activations';
import { formatScheme, formatShape } from '../../src/format/scheme';
import { decibels } from '../figures';
import type { ColumnScale } from './columnScale';
import { inColumn } from './columnScale';
import { t } from '../strings';
import type { ColumnId } from './columns';
import { COLUMNS } from './columns';
import type { Row } from './rows';
import type { RowFigures } from './rowFigures';
import type { RowElement } from './virtualRows';

/** Below this many decibels a weight error usually shows in the outputs; such figures get a warning sign. */
export const LOW_SQNR_DB = 20;
/** Names can be any text; what a cell or a label repeats of them is cut, the tooltip has the whole. */
const MAX_LABEL = 300;
/** Deeper rows are indented no further. */
const MAX_INDENT = 12;

/** What VS Code's context menu goes by: the keys of the manifest's `webview/context`. */
const WEIGHTS_ROW = JSON.stringify({ nibbleRow: 'weights', preventDefaultContextMenuItems: true });
const REPEATED_ROW = JSON.stringify({ nibbleRow: 'weights', nibbleRepeated: true, preventDefaultContextMenuItems: true });
const PLAIN_ROW = JSON.stringify({ nibbleRow: 'plain', preventDefaultContextMenuItems: true });

/** What all rows share: units and the largest figure of each column with bars. */
export interface RowScales {
  readonly parameters: ColumnScale;
  readonly bytes: ColumnScale;
  readonly macs: ColumnScale;
  readonly largest: Readonly<Record<'weightBytes' | 'macs' | 'bytesAfter', number>>;
}

export interface RowContext {
  readonly scales: () => RowScales;
  readonly figures: (row: Row) => RowFigures;
  readonly isSelected: (key: string) => boolean;
  readonly isActive: (key: string) => boolean;
}

/** The elements of one drawn row. They are made once and then filled for one row after another. */
export class RowView implements RowElement<Row> {
  readonly root: HTMLElement;
  private readonly cells = makeCells();
  private readonly texts = new Map<ColumnId, Text>();
  private readonly bars = new Map<ColumnId, string>();
  private readonly twistie = icon('chevron-right');
  private readonly scopes = document.createTextNode('');
  private readonly formatButton = element('button', { class: 'format-button', attributes: { type: 'button', tabindex: '-1', 'aria-haspopup': 'dialog' } });
  private readonly formatText = element('span', { class: 'format-text' });
  private readonly activations = element('span', { class: 'activation-mark' });
  private readonly warning = icon('warning');

  constructor(private readonly context: RowContext) {
    for (const column of COLUMNS) {
      const cell = this.cells[column.id];
      if (column.bar) cell.classList.add('bar');
      if (column.id === 'name') cell.append(this.twistie);
      if (column.id === 'sqnrDb') cell.append(this.warning);
      // The elements are as few as can be: every one of them costs in every frame of a scroll.
      if (column.id === 'name') cell.append(element('span', { class: 'name-scopes' }, this.scopes));
      const holder = column.id === 'name' ? cell.appendChild(element('span', { class: 'name-text' })) : cell;
      this.texts.set(column.id, holder.appendChild(document.createTextNode('')));
    }
    this.twistie.classList.add('twistie');
    this.warning.classList.add('low-error');
    this.formatButton.append(this.formatText, icon('chevron-down'));
    this.cells.format.prepend(this.formatButton);
    this.cells.format.append(this.activations);
    this.root = element('div', { class: 'row', attributes: { role: 'row' } }, ...COLUMNS.map(({ id }) => this.cells[id]));
  }

  update(row: Row, index: number): void {
    const figures = this.context.figures(row);
    const { node } = row;
    const selected = this.context.isSelected(node.key);
    this.root.dataset['key'] = node.key;
    this.root.classList.toggle('selected', selected);
    this.root.classList.toggle('scope', figures.isScope);
    this.root.classList.toggle('pending', figures.state === 'pending');
    setAttribute(this.root, 'data-vscode-context', figures.scheme === null || figures.stored !== '' ? PLAIN_ROW : figures.repeated ? REPEATED_ROW : WEIGHTS_ROW);
    setAttribute(this.root, 'tabindex', this.context.isActive(node.key) ? '0' : '-1');
    // The header is row 1.
    setAttribute(this.root, 'aria-rowindex', String(index + 2));
    setAttribute(this.root, 'aria-level', String(row.level));
    setAttribute(this.root, 'aria-posinset', String(row.positionInSet));
    setAttribute(this.root, 'aria-setsize', String(row.setSize));
    setAttribute(this.root, 'aria-selected', String(selected));
    setAttribute(this.root, 'aria-expanded', row.expanded === null ? null : String(row.expanded));
    this.drawName(row);
    const [worst] = figures.findings;
    // The icon stands where a scope has its arrow, so that it costs no element.
    setAttribute(this.root, 'data-finding', worst?.severity ?? null);
    setAttribute(this.cells.name, 'aria-description', worst === undefined ? null : shorten(worst.text));
    this.drawFigures(figures);
    this.drawFormat(shorten(node.label), figures);
  }

  private drawName(row: Row): void {
    this.cells.name.style.setProperty('--level', String(Math.min(row.level, MAX_INDENT) - 1));
    this.twistie.classList.toggle('hidden', row.expanded === null);
    this.twistie.classList.toggle('expanded', row.expanded === true);
    const { label } = row.node;
    // In a flat list the end of a name tells layers apart: the scopes before it are what is cut when there is no room.
    const end = row.node.kind === 'layer' && label === row.node.layer.name && label.length <= MAX_LABEL ? label.lastIndexOf('/', label.lastIndexOf('/') - 1) : -1;
    this.scopes.data = end > 0 ? label.slice(0, end) : '';
    this.text('name', end > 0 ? label.slice(end) : shorten(label === '' ? t('row.nameless') : label));
  }

  private drawFigures(figures: RowFigures): void {
    const scales = this.context.scales();
    this.text('op', shorten(figures.op));
    this.text('output', figures.isScope ? '' : shorten(formatShape(figures.output)));
    this.text('parameters', figures.parameters === 0 ? '–' : inColumn(figures.parameters, scales.parameters));
    this.text('weightBytes', figures.weightBytes === 0 ? '–' : inColumn(figures.weightBytes, scales.bytes));
    this.text('macs', figures.macs === null ? '?' : figures.macs === 0 ? '–' : `${inColumn(figures.macs, scales.macs)}${figures.isScope && figures.unknown !== '' ? ' +?' : ''}`);
    this.text('bytesAfter', figures.bytesAfter === null || figures.bytesAfter === 0 ? '–' : inColumn(figures.bytesAfter, scales.bytes));
    setAttribute(this.cells.macs, 'data-why', figures.unknown === '' ? null : shorten(figures.unknown));
    this.bar('weightBytes', figures.weightBytes / scales.largest.weightBytes);
    this.bar('macs', (figures.macs ?? 0) / scales.largest.macs);
    this.bar('bytesAfter', (figures.bytesAfter ?? 0) / scales.largest.bytesAfter);
    this.drawError(figures);
  }

  private drawError(figures: RowFigures): void {
    const known = decibels(figures.sqnrDb, figures.maxError);
    const low = figures.sqnrDb !== null && figures.sqnrDb < LOW_SQNR_DB;
    const text = known === null ? (figures.state === 'pending' ? '…' : '–') : known === 'exact' ? t('figure.exact') : figures.isScope ? t('row.lowest', known) : known;
    this.text('sqnrDb', text);
    this.cells.sqnrDb.classList.toggle('low', low);
    this.warning.classList.toggle('hidden', !low);
    setAttribute(this.cells.sqnrDb, 'data-why', [figures.isScope && known !== null ? t('row.lowestError') : '', low ? t('row.lowError', LOW_SQNR_DB) : ''].filter((why) => why !== '').join('. ') || null);
  }

  private drawFormat(label: string, figures: RowFigures): void {
    const { scheme, stored } = figures;
    // What is stored as codes stays as it is: there is nothing to choose.
    const isFixed = scheme === null || (stored !== '' && figures.state === 'skipped');
    this.formatButton.classList.toggle('hidden', isFixed);
    setText(this.activations, figures.activations === null ? '' : formatActivationBits(figures.activations.format));
    this.activations.classList.toggle('float', figures.activations?.format === null);
    this.text('format', isFixed ? shorten(stored) : '');
    setAttribute(this.cells.format, 'data-why', isFixed || figures.reason === '' ? null : figures.reason);
    if (isFixed) return;
    const text = figures.state === 'skipped' ? t('format.kept') : scheme === 'mixed' ? t('format.mixed') : formatScheme(scheme);
    setText(this.formatText, text);
    this.formatButton.classList.toggle('skipped', figures.state === 'skipped');
    this.formatButton.classList.toggle('float', scheme !== 'mixed' && scheme.kind === 'float');
    this.formatButton.classList.toggle('few-bits', scheme !== 'mixed' && scheme.kind === 'integer' && scheme.bits <= 4);
    setAttribute(this.formatButton, 'aria-label', t('row.formatOf', label, text));
  }

  private text(column: ColumnId, text: string): void {
    const node = this.texts.get(column)!;
    if (node.data !== text) node.data = text;
  }

  private bar(column: ColumnId, share: number): void {
    const percent = Number.isFinite(share) ? 100 * Math.min(1, Math.max(0, share)) : 0;
    const size = `${percent.toFixed(1)}% var(--bar-height)`;
    if (this.bars.get(column) === size) return;
    this.bars.set(column, size);
    this.cells[column].style.backgroundSize = size;
  }
}

function makeCells(): Readonly<Record<ColumnId, HTMLElement>> {
  const cell = (id: ColumnId): HTMLElement => {
    const position = COLUMNS.findIndex((column) => column.id === id);
    return element('div', { class: `cell cell-${id}${COLUMNS[position]?.numeric === true ? ' numeric' : ''}`, attributes: { role: 'gridcell', 'aria-colindex': String(position + 1) } });
  };
  return {
    name: cell('name'), op: cell('op'), output: cell('output'), parameters: cell('parameters'), weightBytes: cell('weightBytes'),
    macs: cell('macs'), format: cell('format'), sqnrDb: cell('sqnrDb'), bytesAfter: cell('bytesAfter'),
  };
}

export function shorten(text: string): string {
  if (text.length <= MAX_LABEL) return text;
  // Never half of a character that takes two units.
  return `${text.slice(0, MAX_LABEL).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
