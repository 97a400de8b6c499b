import { unzipSync } from 'fflate';
import { EventEmitter, Uri, workspace } from 'vscode';
import type { Memento } from 'vscode';
import { baseName } from './planLocation';

/** Sample inputs of this name beside a model are used without being chosen; the page shows that they are. */
export const SAMPLES_BESIDE = 'samples.npz';

/** A larger file is not read just because it lies there; it can be chosen. */
const MAX_SAMPLES_BYTES = 64 * 2 ** 20;

/** What is remembered for "random inputs", which is not the same as nothing chosen. */
const RANDOM = '';

/** Which sample inputs belong to each model: what a person chose, remembered for the workspace, else what lies beside it. */
export class SampleChoice {
  private readonly changed = new EventEmitter<void>();
  private readonly beside = new Map<string, string>();
  readonly onDidChange = this.changed.event;

  constructor(private readonly memory: Memento) {}

  /** Path of a file or folder; null: random inputs. */
  of(model: Uri): string | null {
    const chosen = this.memory.get<string>(key(model));
    if (chosen === RANDOM) return null;
    return chosen ?? this.beside.get(key(model)) ?? null;
  }

  /** What a button shows: the last part of the path. */
  shown(model: Uri): string | null {
    const path = this.of(model);
    return path === null ? null : baseName(Uri.file(path));
  }

  /** `samples` null: random inputs. */
  async choose(model: Uri, samples: Uri | null): Promise<void> {
    await this.memory.update(key(model), samples?.fsPath ?? RANDOM);
    this.changed.fire();
  }

  /** Looks for samples beside a model that was opened: those that have an array for each of its inputs are its own. */
  async lookBeside(model: Uri, inputs: readonly string[]): Promise<void> {
    const uri = Uri.joinPath(model, '..', SAMPLES_BESIDE);
    const arrays = await arraysIn(uri);
    if (inputs.length === 0 || !inputs.every((name) => arrays.has(name))) return;
    this.beside.set(key(model), uri.fsPath);
    this.changed.fire();
  }
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
