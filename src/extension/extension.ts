import { languages, window, workspace } from 'vscode';
import type { ExtensionContext } from 'vscode';
import { ActiveModel } from './activeModel';
import { AuditProblems } from './auditProblems';
import { registerCommands } from './commands/register';
import { DocumentPicker } from './documentPicker';
import { EDITOR_VIEW_TYPE, EditorProvider, PLAN_VIEW_TYPE } from './editorProvider';
import { createEngine } from './engineHost';
import { FileDecorations } from './fileDecorations';
import { FileFigures } from './fileFigures';
import { RunningJobs } from './jobs';
import { LayersView } from './layersView';
import { ModelFiles } from './modelFiles';
import { ModelSessions } from './modelSessions';
import { ModelsView } from './modelsView';
import { OpenDocuments } from './openDocuments';
import { PlanEditing } from './planEditing';
import { PlanCompletion } from './planText/planCompletion';
import { PlanDiagnostics, PlanQuickFixes } from './planText/planDiagnostics';
import { PlanHover } from './planText/planHover';
import { PlanLenses } from './planText/planLenses';
import { PlanTexts } from './planText/planTexts';
import { SampleChoice } from './sampleChoice';
import type { Services } from './services';
import { COUNTING_SETTING, countingSetting } from './settings';

const PLAN_FILES = { pattern: '**/*.nibble.json' };

/** Registers everything and does nothing else: the engine starts, and files are read, when something is shown. */
export function activate(context: ExtensionContext): void {
  const startedAt = performance.now();
  const log = window.createOutputChannel('Nibble', { log: true });
  const engine = createEngine(context, log);
  const sessions = new ModelSessions(engine, log, countingSetting());
  const services: Services = { context, log, engine, sessions };

  const active = new ActiveModel();
  const editing = new PlanEditing();
  const samples = new SampleChoice(context.workspaceState);
  const files = new ModelFiles(services);
  const documents = new OpenDocuments();
  const parts = { services, active, editing, samples };
  const layers = new LayersView(active);
  const texts = new PlanTexts(services, documents);
  const problems = new AuditProblems(files);
  documents.onDidOpen((document) => { problems.follow(document); });

  context.subscriptions.push(
    log,
    files,
    texts,
    problems,
    { dispose: () => { sessions.dispose(); } },
    workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(COUNTING_SETTING)) sessions.setCounting(countingSetting());
    }),
    new EditorProvider(documents, parts).register(EDITOR_VIEW_TYPE),
    new EditorProvider(documents, parts).register(PLAN_VIEW_TYPE),
    new ModelsView(files).register(),
    layers.register(),
    new FileDecorations(new FileFigures(services, files, documents)).register(),
    languages.registerHoverProvider(PLAN_FILES, new PlanHover(texts)),
    languages.registerCodeLensProvider(PLAN_FILES, new PlanLenses(texts)),
    languages.registerCompletionItemProvider(PLAN_FILES, new PlanCompletion(texts), '"', '/'),
    languages.registerCodeActionsProvider(PLAN_FILES, new PlanQuickFixes(texts)),
    new PlanDiagnostics(texts),
  );
  registerCommands({ services, active, documents: new DocumentPicker(documents, active, files), editing, files, jobs: new RunningJobs(), layers, samples });
  log.info(`Activated in ${(performance.now() - startedAt).toFixed(1)} ms.`);
}
