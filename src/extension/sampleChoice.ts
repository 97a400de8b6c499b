import { isAbsolute, relative, sep } from 'node:path';
import { unzipSync } from 'fflate';
import { EventEmitter, Uri, workspace } from 'vscode';
import type { Memento } from 'vscode';
import type { ModelDocument } from './modelDocument';
import { baseName } from './planLocation';

/** Sample inputs of this name beside a model are used without being chosen; the page shows that they are. */
export const SAMPLES_BESIDE = 'samples.npz';

/** A larger file is not read just because it lies there; it can be chosen. */
const MAX_SAMPLES_BYTES = 64 * 2 ** 20;

/** What is remembered for "random inputs", which is not the same as nothing chosen. */
const RANDOM = '';

type Planned = Pick<ModelDocument, 'modelUri' | 'planUri' | 'plan'>;

/**
 * Which sample inputs belong to each model: those that its plan names, which the command line takes as well; without any, what
 * lies beside the model, unless a person has chosen random inputs in this workspace.
 */
export class SampleChoice {
  private readonly changed = new EventEmitter<void>();
  private readonly beside = new Map<string, Uri>();
  readonly onDidChange = this.changed.event;

  constructor(private readonly memory: Memento) {}

  /** Path of a file or folder, or a glob; null: random inputs. */
  of({ modelUri, planUri, plan }: Planned): string | null {
    const named = plan.calibration?.samples;
    if (named !== undefined) return isAbsolute(named) ? named : Uri.joinPath(planUri, '..', named).fsPath;
    return this.foundBeside(modelUri)?.fsPath ?? null;
  }

  /** What a button shows: the last part of the path. */
  shown(document: Planned): string | null {
    const path = this.of(document);
    return path === null ? null : baseName(Uri.file(path));
  }

  /** What the plan must name for others to use the same samples: those beside the model, when it names none. */
  unnamed({ modelUri, planUri, plan }: Planned): string | undefined {
    const beside = plan.calibration?.samples === undefined ? this.foundBeside(modelUri) : null;
    return beside ? fromPlan(planUri, beside) : undefined;
  }

  /** Remembers whether random inputs are used although samples lie beside the model. */
  async preferRandom(model: Uri, random: boolean): Promise<void> {
    await this.memory.update(key(model), random ? RANDOM : undefined);
    this.changed.fire();
  }

  /** Looks for samples beside a model that was opened: those that have an array for each of its inputs are its own. */
  async lookBeside(model: Uri, inputs: readonly string[]): Promise<void> {
    const uri = Uri.joinPath(model, '..', SAMPLES_BESIDE);
    const arrays = await arraysIn(uri);
    if (inputs.length === 0 || !inputs.every((name) => arrays.has(name))) return;
    this.beside.set(key(model), uri);
    this.changed.fire();
  }

  private foundBeside(model: Uri): Uri | null {
    return this.memory.get<string>(key(model)) === RANDOM ? null : (this.beside.get(key(model)) ?? null);
  }
}

/** How a plan names samples: from its own folder, with slashes; by the whole path where there is no way from there. */
export function fromPlan(plan: Uri, samples: Uri): string {
  const path = relative(Uri.joinPath(plan, '..').fsPath, samples.fsPath);
  return plan.scheme !== 'file' || isAbsolute(path) ? samples.fsPath : path === '' ? '.' : path.replaceAll(sep, '/');
}

/** The names of the arrays in an .npz file, which is a zip archive; none where there is no such file. */
async function arraysIn(uri: Uri): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  try {
    if ((await workspace.fs.stat(uri)).size > MAX_SAMPLES_BYTES) return names;
    unzipSync(await workspace.fs.readFile(uri), {
      filter: ({ name }) => {
        names.add(name.replace(/\.npy$/, ''));
        return false;
      },
    });
  } catch {
    // No such file, or not an archive: it can still be chosen by hand, and is told what is wrong with it then.
  }
  return names;
}

function key(model: Uri): string {
  return `samples:${model.toString()}`;
}
