import type { EditorState, JobState, LayerFinding, PlanState } from '../src/extension/editorApi';
import { groupsBy } from '../src/format/groups';
import type { Layer } from '../src/graph/layer';
import type { AssessmentTotals, LayerAssessment, QuantizeResult } from '../src/jobs/records';

/** What changed since listeners were last called. */
export type Change = 'state' | 'layers' | 'assessment' | 'job' | 'result';

type Listener = (changes: ReadonlySet<Change>) => void;

/**
 * What the page knows: a copy of the host's records, filled in page by page. Listeners are called at most once a frame,
 * with everything that changed since.
 */
export class PageModel {
  private current: EditorState | null = null;
  private currentLayers: readonly Layer[] = [];
  private assessments: (LayerAssessment | undefined)[] = [];
  private findings: ReadonlyMap<number, readonly LayerFinding[]> = new Map();
  private currentTotals: AssessmentTotals | null = null;
  private revision = -1;
  private pendingChanges = new Set<Change>();
  private frame = 0;
  private readonly listeners = new Set<Listener>();

  /** Null until the host has answered. */
  get state(): EditorState | null {
    return this.current;
  }

  /** The layers fetched so far, a prefix of the model's layers. */
  get layers(): readonly Layer[] {
    return this.currentLayers;
  }

  get totals(): AssessmentTotals | null {
    return this.currentTotals;
  }

  assessmentOf(layer: number): LayerAssessment | undefined {
    return this.assessments[layer];
  }

  /** What is wrong with a layer, worst first. */
  findingsOf(layer: number): readonly LayerFinding[] {
    return this.findings.get(layer) ?? [];
  }

  onChange(listener: Listener): void {
    this.listeners.add(listener);
  }

  setState(state: EditorState): void {
    this.current = state;
    this.findings = groupsBy(state.findings, ({ layer }) => layer);
    this.touch('state');
    this.touch('job');
    this.touch('result');
    if (state.assessment === null) {
      this.assessments = [];
      this.currentTotals = null;
      this.revision = -1;
      this.touch('assessment');
      return;
    }
    this.assessments = [];
    this.revision = -1;
    this.merge(state.assessment.revision, state.assessment.layers, state.assessment.totals);
  }

  setLayers(layers: readonly Layer[]): void {
    this.currentLayers = layers;
    this.touch('layers');
  }

  /** Takes figures over, unless newer ones are there already. */
  merge(revision: number, layers: readonly LayerAssessment[], totals: AssessmentTotals): void {
    if (revision < this.revision) return;
    this.revision = revision;
    for (const layer of layers) this.assessments[layer.layer] = layer;
    this.currentTotals = totals;
    this.touch('assessment');
  }

  setPlan(plan: PlanState): void {
    if (this.current === null) return;
    this.current = { ...this.current, ...plan };
    this.touch('state');
  }

  setJob(job: JobState | null): void {
    if (this.current === null) return;
    this.current = { ...this.current, job };
    this.touch('job');
  }

  setResult(result: QuantizeResult): void {
    if (this.current === null) return;
    this.current = { ...this.current, result, job: null };
    this.touch('job');
    this.touch('result');
  }

  private touch(change: Change): void {
    this.pendingChanges.add(change);
    if (this.frame !== 0) return;
    this.frame = window.requestAnimationFrame(() => {
      this.frame = 0;
      const changes = this.pendingChanges;
      this.pendingChanges = new Set();
      for (const listener of this.listeners) listener(changes);
    });
  }
}
