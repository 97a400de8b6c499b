import type { EngineClient, EngineLog } from '../engine/client';
import { STRICT_COUNTING } from '../graph/counting';
import type { Counting } from '../graph/counting';
import { ModelSession } from './modelSession';

/** Moving a tab closes and opens its editor: the model stays open this long for it. */
const LINGER_MS = 5_000;

interface Held {
  readonly session: ModelSession;
  holders: number;
  timer: NodeJS.Timeout | undefined;
}

/** One session for each model file, shared by everything that shows it and closed when nothing has shown it for a while. */
export class ModelSessions {
  private readonly held = new Map<string, Held>();

  constructor(
    private readonly client: EngineClient,
    private readonly log: EngineLog,
    private counting: Counting = STRICT_COUNTING,
  ) {}

  /** How all models count FLOPs from now on. */
  setCounting(counting: Counting): void {
    this.counting = counting;
    for (const { session } of this.held.values()) session.setCounting(counting);
  }

  /** The session of the file at this path, loading if it is new. Call `release` once when it is no longer shown. */
  acquire(path: string): { readonly session: ModelSession; readonly release: () => void } {
    let held = this.held.get(path);
    if (!held) {
      held = { session: new ModelSession(this.client, path, this.log, this.counting), holders: 0, timer: undefined };
      this.held.set(path, held);
    }
    clearTimeout(held.timer);
    held.holders += 1;
    const mine = held;
    let released = false;
    return {
      session: held.session,
      release: () => {
        if (released) return;
        released = true;
        mine.holders -= 1;
        if (mine.holders === 0) mine.timer = setTimeout(() => { this.close(path, mine); }, LINGER_MS);
      },
    };
  }

  /** The session of a path, if something shows it. */
  find(path: string): ModelSession | undefined {
    return this.held.get(path)?.session;
  }

  dispose(): void {
    for (const [path, held] of this.held) {
      clearTimeout(held.timer);
      this.close(path, held);
    }
  }

  private close(path: string, held: Held): void {
    held.session.dispose();
    this.held.delete(path);
  }
}
