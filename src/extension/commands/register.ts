import { commands, env, l10n, Uri, window, workspace } from 'vscode';
import { NibbleError } from '../../errors';
import { targetPositions } from '../../plan/edits';
import type { ActiveModel } from '../activeModel';
import type { DocumentPicker } from '../documentPicker';
import { EDITOR_VIEW_TYPE } from '../editorProvider';
import type { RunningJobs } from '../jobs';
import type { LayersView } from '../layersView';
import type { ModelDocument } from '../modelDocument';
import type { ModelFiles } from '../modelFiles';
import type { PlanEditing } from '../planEditing';
import { QUICK_FORMATS } from '../quickFormats';
import type { SampleChoice } from '../sampleChoice';
import { sampleModel } from '../sampleModel';
import type { Services } from '../services';
import { auditModel, repairModel } from './auditModel';
import { chooseCounting } from './chooseCounting';
import { chooseSamples } from './chooseSamples';
import { chooseCompared, compareModels } from './compareModels';
import { chosenRepetitions, chosenTarget } from './chosenRows';
import { registerCommand } from './commandRunner';
import { exportReport } from './exportReport';
import { quantizeActivations } from './quantizeActivations';
import { quantizeLayer, setFormat } from './quantizeLayer';
import { quantizeModel } from './quantizeModel';
import { revealInPlan } from './revealInPlan';
import { runModels } from './runModels';

/** What the commands work with. */
export interface CommandParts {
  readonly services: Services;
  readonly active: ActiveModel;
  readonly documents: DocumentPicker;
  readonly editing: PlanEditing;
  readonly files: ModelFiles;
  readonly jobs: RunningJobs;
  readonly layers: LayersView;
  readonly samples: SampleChoice;
}

/** Every command of the manifest. */
export function registerCommands(parts: CommandParts): void {
  const { services, active, documents, editing, files, jobs, layers, samples } = parts;
  const register = (id: string, run: (...args: readonly unknown[]) => Promise<unknown> | undefined): void => { registerCommand(services, `nibble.${id}`, run); };
  /** Registers a command on one document; nothing happens when the person picks none. */
  const onDocument = (id: string, title: string, run: (document: ModelDocument, ...args: readonly unknown[]) => Promise<unknown> | undefined): void => {
    register(id, async (argument, ...rest) => {
      const document = await documents.pick(argument, title);
      return document ? run(document, argument, ...rest) : undefined;
    });
  };

  register('openModel', async (uri) => {
    if (uri instanceof Uri) await commands.executeCommand('vscode.openWith', uri, EDITOR_VIEW_TYPE);
    else await documents.pick(undefined, l10n.t('Open Model'));
  });
  /** The layers that a command is about: those of the rows that it was called on, else of the rows selected in the editor. */
  const chosenLayers = (document: ModelDocument, node: unknown, nodes: unknown): readonly number[] =>
    targetPositions(chosenTarget(node, nodes, layers, active), document.session.loaded?.layers ?? []);

  onDocument('quantizeLayer', l10n.t('Quantize Layer'), (document, node, nodes) => quantizeLayer(document, node instanceof Uri || node === undefined ? active.selection : chosenLayers(document, node, nodes), editing));
  onDocument('quantizeModel', l10n.t('Quantize Model'), (document) => quantizeModel(document, samples.of(document), jobs));
  onDocument('runModels', l10n.t('Run Both Models'), (document) => runModels(document, samples.of(document), jobs));
  onDocument('auditModel', l10n.t('Audit Model'), (document) => auditModel(document, services));
  onDocument('repairModel', l10n.t('Write Repaired Copy'), (document) => repairModel(document, services));
  register('compareModels', async (argument, selected) => {
    const compared = await chooseCompared(argument, selected, documents);
    return compared && compareModels(compared, services);
  });
  onDocument('cancelJob', l10n.t('Cancel'), (document) => {
    jobs.cancel(document.session);
    return undefined;
  });

  register('setFormat', async (node, nodes) => {
    const document = requireDocument(active);
    return setFormat(document, chosenLayers(document, node, nodes), editing);
  });
  register('setFormatInRepetitions', (node) => setFormat(requireDocument(active), chosenRepetitions(node, layers, active), editing));
  for (const { key, scheme } of [...QUICK_FORMATS, { key: 'reset', scheme: null }]) {
    register(`setFormat.${key}`, (node, nodes) => {
      const document = requireDocument(active);
      editing.setScheme(document, chosenTarget(node, nodes, layers, active), scheme);
      return undefined;
    });
  }
  onDocument('setModelFormat', l10n.t('Set Format of All Layers'), async (document) => {
    await document.session.whenLoaded();
    const quantizable = (document.session.loaded?.layers ?? []).filter((layer) => layer.weights.length > 0).map((layer) => layer.index);
    return setFormat(document, quantizable, editing, { kind: 'model' });
  });

  onDocument('quantizeActivations', l10n.t('Quantize Activations'), (document) => quantizeActivations(document, editing, samples));
  for (const [id, float] of [['keepActivationsFloat', true], ['resetActivations', false]] as const) {
    register(id, (node, nodes) => {
      editing.setFloatActivations(requireDocument(active), chosenTarget(node, nodes, layers, active), float);
      return undefined;
    });
  }

  onDocument('openPlan', l10n.t('Open Plan'), async (document) => {
    await savePlanOnce(document);
    await window.showTextDocument(document.planUri, { preview: false });
  });
  register('revealInPlan', async (node, nodes) => {
    const document = requireDocument(active);
    const [layer] = chosenLayers(document, node, nodes);
    await savePlanOnce(document);
    await revealInPlan(document, layer);
  });
  register('assessPlan', async (uri) => {
    if (uri instanceof Uri) await documents.show(uri);
    return undefined;
  });
  onDocument('chooseSamples', l10n.t('Choose Samples'), (document) => chooseSamples(document, editing, samples));
  onDocument('exportReport', l10n.t('Export Report'), (document) => exportReport(document));
  onDocument('reloadModel', l10n.t('Read Model Again'), (document) => document.session.load());
  register('revealLayer', (layer) => {
    if (active.document && typeof layer === 'number') active.reveal(active.document, layer);
    return undefined;
  });
  onDocument('revealOutput', l10n.t('Show in Folder'), async (document) => {
    if (document.session.result) await commands.executeCommand('revealInExplorer', Uri.file(document.session.result.output));
  });
  register('copyLayerName', async (node, nodes) => {
    const document = requireDocument(active);
    const names = chosenLayers(document, node, nodes).map((layer) => document.session.loaded?.layers[layer]?.name ?? '');
    await env.clipboard.writeText(names.join('\n'));
  });
  register('chooseCounting', chooseCounting);
  register('openSample', async () => {
    await commands.executeCommand('vscode.openWith', await sampleModel(services.context), EDITOR_VIEW_TYPE);
  });
  register('refreshModels', () => {
    files.refresh();
    return undefined;
  });
  register('restartEngine', () => services.engine.restart());
  register('showLog', () => {
    services.log.show();
    return undefined;
  });
}

function requireDocument(active: ActiveModel): ModelDocument {
  if (active.document) return active.document;
  throw new NibbleError('invalid-argument', l10n.t('Open a model first: double-click an .onnx file, or choose one in the Nibble view.'));
}

/** Writes the plan where there is no plan file yet. A document with edits is saved as by hand, so that its tab is clean then. */
async function savePlanOnce(document: ModelDocument): Promise<void> {
  if (await exists(document.planUri)) return;
  if (document.isDirty) await workspace.save(document.uri);
  else await document.save();
}

async function exists(uri: Uri): Promise<boolean> {
  try {
    await workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}

