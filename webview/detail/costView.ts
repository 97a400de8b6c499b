import { CancellationTokenSource } from 'vscode-jsonrpc/browser';
import type { MessageConnection } from 'vscode-jsonrpc/browser';
import * as editorApi from '../../src/extension/editorApi';
import type { Figure, HoverText } from '../../src/extension/editorApi';
import { element, messageOf } from '../dom';
import { t } from '../strings';

/** What is explained of a layer, in the order in which it is read. */
const FIGURES: readonly Figure[] = ['parameters', 'weightBytes', 'macs', 'flops', 'activationBytes', 'movedBytes', 'intensity'];

/** Every figure of one layer with its formula and the numbers put in. */
export class CostView {
  readonly root = element('div', { class: 'cost-view' });
  private running: CancellationTokenSource | null = null;
  private shown = '';

  constructor(private readonly connection: MessageConnection) {}

  /** `revision`: the model's; the same layer of another one has other figures. */
  show(layer: number, revision: number): void {
    const key = `${layer} ${revision}`;
    if (key === this.shown) return;
    this.shown = key;
    this.running?.cancel();
    void this.load(layer);
  }

  private async load(layer: number): Promise<void> {
    const running = new CancellationTokenSource();
    this.running = running;
    try {
      const explanations = await Promise.all(FIGURES.map((figure) => this.connection.sendRequest(editorApi.explain, { layer, figure }, running.token)));
      if (this.running === running) this.root.replaceChildren(...explanations.map(explained));
    } catch (error) {
      if (this.running !== running) return;
      this.shown = '';
      this.root.replaceChildren(element('p', { class: 'detail-status', text: t('cost.failed', messageOf(error)) }));
    }
  }
}

/** The figure, then its parts, then where they come from. */
function explained({ lines: [head, ...parts], provenance }: HoverText): HTMLElement {
  const list = element('dl', { class: 'cost-parts' });
  for (const [label, value] of parts) list.append(element('dt', { text: label }), element('dd', { text: value }));
  return element('section', { class: 'cost' }, element('h3', { class: 'cost-figure' }, element('span', { text: head?.[0] ?? '' }), element('span', { text: head?.[1] ?? '' })), list, element('p', { class: 'cost-provenance', text: provenance }));
}
