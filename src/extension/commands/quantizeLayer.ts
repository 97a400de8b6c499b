import { l10n, QuickInputButtons, window } from 'vscode';
import type { QuickPick, QuickPickItem } from 'vscode';
import { formatBytes, formatDb } from '../../format/numbers';
import { formatScheme } from '../../format/scheme';
import type { Layer } from '../../graph/layer';
import type { FormatOption, GroupFormat } from '../../jobs/records';
import type { EditTarget } from '../../plan/plan';
import type { WeightScheme } from '../../quant/scheme';
import type { ModelDocument } from '../modelDocument';
import type { PlanEditing } from '../planEditing';

interface LayerItem extends QuickPickItem {
  readonly layer: Layer;
}

interface FormatItem extends QuickPickItem {
  /** Null: back to what the plan's default says. */
  readonly scheme: WeightScheme | null;
  readonly chosen: boolean;
  readonly possible: boolean;
}

/** What a step of the dialogue ended with. */
type Step<T> = { readonly kind: 'chosen'; readonly value: T } | { readonly kind: 'back' } | { readonly kind: 'left' };

/** Layers first, then a format: each with the error and size that it would give these layers. Returns whether one was set. */
export async function quantizeLayer(document: ModelDocument, preselected: readonly number[], editing: PlanEditing): Promise<boolean> {
  await document.session.whenLoaded();
  if (document.session.failure) throw document.session.failure;
  let selected = preselected;
  for (;;) {
    const layers = await pickLayers(document, selected);
    if (layers.kind !== 'chosen') return false;
    selected = layers.value.map((layer) => layer.index);
    const done = await pickFormat(document, selected, editing, { kind: 'layers', layers: selected }, true);
    if (done !== 'back') return done;
  }
}

/** The second step alone, for layers that are chosen already. */
export async function setFormat(document: ModelDocument, layers: readonly number[], editing: PlanEditing, target: EditTarget = { kind: 'layers', layers }): Promise<boolean> {
  return (await pickFormat(document, layers, editing, target, false)) === true;
}

async function pickLayers(document: ModelDocument, preselected: readonly number[]): Promise<Step<readonly Layer[]>> {
  const quantizable = (document.session.loaded?.layers ?? []).filter((layer) => layer.weights.length > 0);
  const items = quantizable.map((layer): LayerItem => layerItem(document, layer));
  const chosenBefore = new Set(preselected);
  const pick = window.createQuickPick<LayerItem>();
  pick.title = l10n.t('Quantize Layer (1/2): Layers');
  pick.placeholder = items.length === 0 ? l10n.t('This model has no layers with weights') : l10n.t('Choose one layer or several');
  pick.canSelectMany = true;
  pick.matchOnDescription = true;
  pick.items = items;
  pick.selectedItems = items.filter(({ layer }) => chosenBefore.has(layer.index));
  return show(pick, () => {
    const layers = pick.selectedItems.map(({ layer }) => layer);
    return layers.length > 0 ? layers : null;
  });
}

function layerItem(document: ModelDocument, layer: Layer): LayerItem {
  const assessment = document.session.assessmentOf(layer.index);
  const now = assessment ? [formatScheme(assessment.scheme), assessment.state === 'computed' ? formatDb(assessment.sqnrDb) : ''] : [];
  return { label: layer.name, description: [layer.op, formatBytes(layer.weightBytes), ...now].filter((part) => part !== '').join(' · '), layer };
}

async function pickFormat(document: ModelDocument, layers: readonly number[], editing: PlanEditing, target: EditTarget, withBack: boolean): Promise<boolean | 'back'> {
  const only = layers.length === 1 ? document.session.loaded?.layers[layers[0]!] : undefined;
  const about = only ? only.name : l10n.t('{0} layers', layers.length);
  const pick = window.createQuickPick<FormatItem>();
  pick.title = withBack ? l10n.t('Quantize Layer (2/2): Format of {0}', about) : l10n.t('Format of {0}', about);
  pick.placeholder = layers.length === 1 ? l10n.t('Each format with its weight error and size for this layer') : l10n.t('Each format with the lowest error and the size of these layers together');
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  pick.buttons = withBack ? [QuickInputButtons.Back] : [];
  pick.busy = true;
  const filled = formatItems(document, layers).then((items) => {
    pick.items = [...items, resetItem()];
    pick.activeItems = items.filter(({ chosen }) => chosen);
    pick.busy = false;
  });
  const outcome = await Promise.race([
    show(pick, () => {
      const [item] = pick.activeItems;
      return item?.possible === true ? item : null;
    }),
    // A failure to list the formats ends the dialogue with that failure.
    filled.then(() => new Promise<never>(() => undefined)),
  ]).finally(() => { pick.dispose(); });
  if (outcome.kind === 'back') return 'back';
  if (outcome.kind === 'left') return false;
  editing.setScheme(document, target, outcome.value.scheme);
  return true;
}

async function formatItems({ session }: ModelDocument, layers: readonly number[]): Promise<readonly FormatItem[]> {
  const [only] = layers;
  return only !== undefined && layers.length === 1 ? (await session.formats(only)).map(optionItem) : (await session.groupFormats(layers)).map(groupItem);
}

function optionItem({ scheme, chosen, refusal, sqnrDb, bytes, kernel }: FormatOption): FormatItem {
  const figures = refusal !== '' ? [] : [scheme.kind === 'float' ? l10n.t('no error') : formatDb(sqnrDb), formatBytes(bytes)];
  return formatItem(scheme, chosen, refusal === '', figures, refusal === '' ? kernel : refusal);
}

/** For several layers: what the figures cover is said wherever that is not all of them. */
function groupItem({ scheme, chosen, layers, measured, lowestSqnrDb, bytes, kernels, refused }: GroupFormat): FormatItem {
  const error = measured < layers ? l10n.t('{0}, lowest of {1} of {2} layers', formatDb(lowestSqnrDb), measured, layers) : formatDb(lowestSqnrDb);
  const figures = layers === 0 ? [] : [scheme.kind === 'float' ? l10n.t('no error') : error, formatBytes(bytes)];
  const left = refused && (refused.layers === 1 ? l10n.t('{0} stays as it is: {1}', refused.first, refused.reason) : l10n.t('{0} layers stay as they are; the first, {1}: {2}', refused.layers, refused.first, refused.reason));
  return formatItem(scheme, chosen, layers > 0, figures, [kernels.join(' / '), left ?? ''].filter((part) => part !== '').join(' · '));
}

function formatItem(scheme: WeightScheme, chosen: boolean, possible: boolean, figures: readonly string[], detail: string): FormatItem {
  const icon = !possible ? '$(circle-slash) ' : chosen ? '$(check) ' : '';
  return { label: `${icon}${formatScheme(scheme)}`, description: figures.join(' · '), detail, scheme, chosen, possible };
}

function resetItem(): FormatItem {
  return { label: l10n.t('$(discard) As the plan’s default says'), description: '', detail: l10n.t('Removes what was chosen for these layers'), scheme: null, chosen: false, possible: true };
}

/** Shows a quick pick until it is accepted with something that `accepted` does not turn down (null). */
function show<T, I extends QuickPickItem>(pick: QuickPick<I>, accepted: () => T | null): Promise<Step<T>> {
  // Focus that goes back to the editor page for a moment must not end the dialogue.
  pick.ignoreFocusOut = true;
  return new Promise<Step<T>>((resolve) => {
    pick.onDidAccept(() => {
      const value = accepted();
      if (value === null) return;
      resolve({ kind: 'chosen', value });
    });
    pick.onDidTriggerButton((button) => {
      if (button !== QuickInputButtons.Back) return;
      resolve({ kind: 'back' });
    });
    pick.onDidHide(() => { resolve({ kind: 'left' }); });
    pick.show();
  }).finally(() => { pick.dispose(); });
}

