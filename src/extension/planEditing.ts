import { l10n } from 'vscode';
import { NibbleError } from '../errors';
import type { Layer } from '../graph/layer';
import { setActivations, setFloatActivations, setSamples } from '../plan/activationEdits';
import { setDimension, setScheme, setTarget } from '../plan/edits';
import type { EditTarget } from '../plan/plan';
import type { ActivationFormat } from '../quant/activationFormat';
import type { WeightScheme } from '../quant/scheme';
import { formatScheme } from '../format/scheme';
import { RUNTIMES } from '../targets/targets';
import type { ModelDocument } from './modelDocument';
import { baseName } from './planLocation';

/** Every way in which a person changes a plan without typing in it. Each is one step on the undo list. */
export class PlanEditing {
  /** Where a model can run. */
  readonly targets: readonly string[] = RUNTIMES.map(({ id }) => id);

  /** Gives layers a format; null takes back what was chosen for them. */
  setScheme(document: ModelDocument, target: EditTarget, scheme: WeightScheme | null): void {
    const layers = this.layersOf(document);
    const what = scheme ? formatScheme(scheme) : l10n.t('Default');
    document.edit(label(target, what), setScheme(document.text, layers, target, scheme));
  }

  /** Sets what activations become. `samples`: what the plan has to name for that, when it names none. */
  setActivations(document: ModelDocument, format: ActivationFormat | 'float', samples?: string): void {
    this.checkPlan(document);
    document.edit(l10n.t('Set Activations to {0}', format), setActivations(document.text, format, samples));
  }

  /** Keeps the activations of layers float, or lets them be what the plan says for all. */
  setFloatActivations(document: ModelDocument, target: EditTarget, float: boolean): void {
    const layers = this.layersOf(document);
    document.edit(label(target, float ? l10n.t('Float Activations') : l10n.t('the Plan’s Activations')), setFloatActivations(document.text, layers, target, float));
  }

  /** Names the samples of a model, as its plan does; null: none. */
  setSamples(document: ModelDocument, samples: string | null): void {
    this.checkPlan(document);
    document.edit(samples === null ? l10n.t('Forget the Samples') : l10n.t('Set Samples to {0}', samples), setSamples(document.text, samples));
  }

  /** Sets the value of a symbolic dimension; null takes it back. */
  setDimension(document: ModelDocument, name: string, value: number | null): void {
    this.checkPlan(document);
    document.edit(value === null ? l10n.t('Forget Dimension {0}', name) : l10n.t('Set Dimension {0} to {1}', name, value), setDimension(document.text, name, value));
  }

  setTarget(document: ModelDocument, target: string): void {
    this.checkPlan(document);
    document.edit(l10n.t('Set Target to {0}', target), setTarget(document.text, target));
  }

  private layersOf(document: ModelDocument): readonly Layer[] {
    this.checkPlan(document);
    const { loaded, failure } = document.session;
    if (!loaded) throw failure ?? new NibbleError('invalid-argument', l10n.t('{0} is still being opened. Try again in a moment.', baseName(document.modelUri)));
    return loaded.layers;
  }

  private checkPlan(document: ModelDocument): void {
    if (!document.planIsValid) {
      throw new NibbleError('invalid-plan', l10n.t('{0} is not valid, so nothing can be changed in it from here. Mend it first; its errors are marked in the text.', baseName(document.planUri)), { file: document.planUri.fsPath });
    }
  }
}

/** What the Undo menu says. */
function label(target: EditTarget, what: string): string {
  switch (target.kind) {
    case 'layers':
      return target.layers.length === 1 ? l10n.t('Set Layer to {0}', what) : l10n.t('Set {0} Layers to {1}', target.layers.length, what);
    case 'scope':
      return l10n.t('Set /{0} to {1}', target.scope.join('/'), what);
    case 'model':
      return l10n.t('Set All Layers to {0}', what);
  }
}
