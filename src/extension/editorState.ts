import { env, l10n } from 'vscode';
import { ENGLISH } from '../../webview/strings';
import { countingText } from '../format/conventions';
import { targetOf } from '../targets/targets';
import { findingText } from './auditText';
import type { EditorState, LayerFinding, PlanState } from './editorApi';
import type { ModelDocument } from './modelDocument';
import type { ModelSession } from './modelSession';
import { baseName } from './planLocation';
import type { SampleChoice } from './sampleChoice';

/** More marks than these on one page are no help to anybody. */
export const MAX_FINDINGS_IN_STATE = 2_000;

/** What the plan says about the model as a whole. */
export function planState(document: ModelDocument, samples: SampleChoice): PlanState {
  const { runtime, format } = targetOf(document.plan);
  return { target: runtime.id, samples: samples.shown(document), activations: format, activationFormats: runtime.activations.formats };
}

/** Everything that a page needs to draw itself anew. */
export function editorState(document: ModelDocument, plan: PlanState, targets: readonly string[]): EditorState {
  const { session } = document;
  const { loaded, opening, failure, assessment, result, job, modelRevision } = session;
  const known = loaded ?? opening;
  return {
    strings: pageStrings(),
    fileName: baseName(document.modelUri),
    planName: baseName(document.planUri),
    ...plan,
    targets,
    modelRevision,
    model: known?.info ?? null,
    failure: failure?.message ?? null,
    totals: known?.totals ?? null,
    counting: known ? countingText(known.totals.counting, l10n.t) : '',
    layerCount: loaded?.layers.length ?? opening?.layerCount ?? 0,
    blocks: loaded?.blocks ?? [],
    findings: layerFindings(session),
    assessment,
    result,
    job,
    notices: document.notices,
  };
}

/** Findings by layer, as far as a page can show them; the Problems panel says how many there are. */
function layerFindings(session: ModelSession): readonly LayerFinding[] {
  const found: LayerFinding[] = [];
  if (!session.hasFindings) return found;
  for (const layer of session.loaded?.layers ?? []) {
    for (const finding of session.findingsOf(layer)) {
      if (found.length === MAX_FINDINGS_IN_STATE) return found;
      found.push({ layer: layer.index, severity: finding.severity, text: findingText(finding) });
    }
  }
  return found;
}

let translated: { readonly language: string; readonly strings: Readonly<Record<string, string>> } | null = null;

/** The page's texts in the editor's language. */
export function pageStrings(): Readonly<Record<string, string>> {
  if (translated?.language !== env.language) {
    translated = { language: env.language, strings: Object.fromEntries(Object.entries(ENGLISH).map(([key, english]) => [key, l10n.t(english)])) };
  }
  return translated.strings;
}
