import { ConfigurationTarget, l10n, window, workspace } from 'vscode';
import { conventionDescription, conventionFormula } from '../../format/conventions';
import { CONVENTIONS } from '../../graph/cost/conventions';
import { COUNTING_SETTING, countingSetting } from '../settings';

/** Asks how FLOPs are to be counted and keeps the answer in the settings, for all models. */
export async function chooseCounting(): Promise<void> {
  const now = countingSetting().convention;
  const items = CONVENTIONS.map(({ id }) => ({ label: id === now ? `$(check) ${id}` : id, description: conventionFormula(id, l10n.t), detail: conventionDescription(id, l10n.t), id }));
  const chosen = await window.showQuickPick(items, { title: l10n.t('How FLOPs Are Counted'), placeHolder: l10n.t('Papers and tools count differently; MACs are the same in all of them'), matchOnDescription: true, matchOnDetail: true, ignoreFocusOut: true });
  if (chosen) await workspace.getConfiguration().update(COUNTING_SETTING, chosen.id, ConfigurationTarget.Global);
}
