import { EventEmitter, Uri, workspace } from 'vscode';
import type { Memento } from 'vscode';
import { baseName } from './planLocation';

/** Sample inputs of this name beside a model are used without being chosen; the page shows that they are. */
export const SAMPLES_BESIDE = 'samples.npz';

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

  /** Looks for samples beside a model that was opened. */
  async lookBeside(model: Uri): Promise<void> {
    const uri = Uri.joinPath(model, '..', SAMPLES_BESIDE);
    try {
      await workspace.fs.stat(uri);
    } catch {
      return;
    }
    this.beside.set(key(model), uri.fsPath);
    this.changed.fire();
  }
}

function key(model: Uri): string {
  return `samples:${model.toString()}`;
}
