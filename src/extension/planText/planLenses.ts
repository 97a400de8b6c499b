import { CodeLens, EventEmitter, l10n, Range } from 'vscode';
import type { CodeLensProvider, TextDocument } from 'vscode';
import { assessmentText } from '../assessmentText';
import type { PlanTexts } from './planTexts';

/** Above a plan: what it comes to, and what can be done with it. */
export class PlanLenses implements CodeLensProvider {
  private readonly changed = new EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.changed.event;

  constructor(private readonly texts: PlanTexts) {
    texts.onDidChange(() => { this.changed.fire(); });
  }

  provideCodeLenses(document: TextDocument): CodeLens[] {
    const plan = this.texts.get(document);
    if (!plan) return [];
    const top = new Range(0, 0, 0, 0);
    const { session } = plan;
    const lenses = [
      new CodeLens(top, { title: l10n.t('$(rocket) Quantize'), tooltip: l10n.t('Write the quantized model'), command: 'nibble.quantizeModel', arguments: [document.uri] }),
      new CodeLens(top, { title: l10n.t('$(graph) Assess'), tooltip: l10n.t('Show what this plan costs, layer by layer'), command: 'nibble.assessPlan', arguments: [document.uri] }),
    ];
    const totals = session?.assessment?.totals;
    // The session keeps the last plan that could be read; its figures are not this text's.
    const said = !plan.parsed.plan ? l10n.t('$(error) This plan cannot be read: see its marked errors') : session?.failure ? session.failure.message : totals ? assessmentText(totals) : '';
    if (said !== '') lenses.push(new CodeLens(top, { title: said, command: 'nibble.assessPlan', arguments: [document.uri] }));
    return lenses;
  }
}
