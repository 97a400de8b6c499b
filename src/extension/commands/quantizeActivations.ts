import { commands, l10n, window } from 'vscode';
import type { QuickPickItem } from 'vscode';
import { targetOf } from '../../targets/targets';
import type { ActivationFormat } from '../../quant/activationFormat';
import type { ModelDocument } from '../modelDocument';
import type { PlanEditing } from '../planEditing';
import { baseName } from '../planLocation';
import type { SampleChoice } from '../sampleChoice';

interface FormatItem extends QuickPickItem {
  readonly format: ActivationFormat | 'float';
}

/** Asks what the activations of a model become, and says so when there are no samples for that. Returns whether it was chosen. */
export async function quantizeActivations(document: ModelDocument, editing: PlanEditing, samples: SampleChoice): Promise<boolean> {
  const { format: planned, runtime } = targetOf(document.plan);
  const now = planned ?? 'float';
  const { formats, formatReason } = runtime.activations;
  const takes = (format: FormatItem['format']): boolean => format === 'float' || formats.includes(format);
  const item = (format: FormatItem['format'], label: string, detail: string): FormatItem => {
    const sign = takes(format) ? (format === now ? '$(check) ' : '') : '$(circle-slash) ';
    return { format, label: `${sign}${label}`, description: format, detail: takes(format) ? detail : formatReason };
  };
  const items: readonly FormatItem[] = [
    item('float', l10n.t('Keep float'), l10n.t('Only weights are quantized; no samples are needed')),
    item('uint8', l10n.t('8 bits, unsigned'), l10n.t('Layers run in integer kernels; the fastest kind on x64 processors')),
    item('int8', l10n.t('8 bits, signed'), l10n.t('Layers run in integer kernels')),
    item('uint16', l10n.t('16 bits, unsigned'), l10n.t('Nearly exact; layers compute in floating point')),
    item('int16', l10n.t('16 bits, signed'), l10n.t('Nearly exact; layers compute in floating point')),
  ];
  const chosen = await window.showQuickPick(items, { title: l10n.t('Activations of {0}', baseName(document.modelUri)), placeHolder: l10n.t('What the values between layers become'), ignoreFocusOut: true });
  if (!chosen) return false;
  if (!takes(chosen.format)) {
    void window.showWarningMessage(formatReason);
    return false;
  }
  editing.setActivations(document, chosen.format, chosen.format === 'float' ? undefined : samples.unnamed(document));
  if (chosen.format !== 'float' && samples.of(document) === null) void offerSamples(document);
  return true;
}

async function offerSamples(document: ModelDocument): Promise<void> {
  const choose = l10n.t('Choose Samples…');
  const text = l10n.t('No samples are chosen for {0}: the ranges of its activations will come from random inputs, which is a guess.', baseName(document.modelUri));
  if ((await window.showWarningMessage(text, choose)) === choose) await commands.executeCommand('nibble.chooseSamples', document.uri);
}
