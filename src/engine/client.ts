import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import type { CancellationToken, MessageConnection, NotificationType, RequestType } from 'vscode-jsonrpc/node';
import { NibbleError } from '../errors';
import * as api from './api';
import { cleanEnvironment } from './environment';
import { engineStopped, fromResponseError } from './wireErrors';

/** Where the client writes what happens to the process. */
export interface EngineLog {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export interface EngineClientOptions {
  /** Path of the built engine. */
  readonly entry: string;
  readonly settings: api.EngineSettings;
  readonly log: EngineLog;
  /** The process ended without being asked to; it is started again, or not when `givenUp`. */
  readonly onCrash?: (givenUp: boolean) => void;
}

/** Waits before the starts that follow one another closely: a crash at once may be a passing lack of memory. */
const BACKOFF_MS = [0, 500, 2_000, 5_000] as const;

/** As many crashes as there are waits within this time mean that starting again does not help. */
const CRASH_WINDOW_MS = 60_000;

/** How much of the process's own error output goes into the log for one crash. */
const MOST_OUTPUT_CHARACTERS = 8_000;

interface Running {
  readonly child: ChildProcess;
  readonly connection: MessageConnection;
}

/**
 * The engine process, seen from the extension host: starts it on first need, starts it again when it dies, and repeats a
 * request that was lost, once, when asking twice does no harm. Knows nothing of `vscode`.
 */
export class EngineClient {
  private running: Promise<Running> | null = null;
  private current: Running | null = null;
  private settings: api.EngineSettings;
  private crashes: number[] = [];
  private disposed = false;
  private startCount = 0;
  private readonly assessed = new Set<(event: AssessEvent) => void>();
  private readonly progressed = new Set<(event: ProgressEvent) => void>();
  private readonly restarted = new Set<() => void>();

  constructor(private readonly options: EngineClientOptions) {
    this.settings = options.settings;
  }

  /** Grows by one with every start: what an earlier process handed out (model numbers) is void then. */
  get generation(): number {
    return this.startCount;
  }

  /** Whether it has crashed so often that it is started again by `restart` only. */
  get hasGivenUp(): boolean {
    return this.crashes.length >= BACKOFF_MS.length;
  }

  /** Process id of the running engine; null before the first need and between a crash and the next start. */
  get pid(): number | null {
    return this.current?.child.pid ?? null;
  }

  /**
   * Sends a request and waits for its answer. Rejects with `NibbleError` only.
   * @param repeat Send it again, once, when the engine stops meanwhile: for requests that change nothing.
   */
  async request<P, R>(type: RequestType<P, R, api.ErrorData>, params: P, options: { readonly token?: CancellationToken; readonly repeat?: boolean } = {}): Promise<R> {
    try {
      return await this.requestOnce(type, params, options.token);
    } catch (error) {
      if (!options.repeat || this.disposed || !NibbleError.is(error, 'engine-stopped')) throw error;
      this.options.log.info(`Repeating the request "${type.method}" after a restart.`);
      return await this.requestOnce(type, params, options.token);
    }
  }

  onDidAssess(listener: (event: AssessEvent) => void): () => void {
    this.assessed.add(listener);
    return () => this.assessed.delete(listener);
  }

  onProgress(listener: (event: ProgressEvent) => void): () => void {
    this.progressed.add(listener);
    return () => this.progressed.delete(listener);
  }

  /** Called when a process is up that replaces an earlier one. */
  onDidRestart(listener: () => void): () => void {
    this.restarted.add(listener);
    return () => this.restarted.delete(listener);
  }

  /** Takes effect at once in a running engine and in every later one. */
  async configure(settings: api.EngineSettings): Promise<void> {
    this.settings = settings;
    if (this.current) await this.request(api.configure, settings);
  }

  /** Ends the process, if any, and starts a new one, whatever happened before. */
  async restart(): Promise<void> {
    const child = this.current?.child;
    this.drop();
    child?.kill('SIGKILL');
    this.crashes = [];
    await this.start();
  }

  dispose(): void {
    this.disposed = true;
    const child = this.current?.child;
    this.drop();
    child?.kill('SIGKILL');
  }

  private async requestOnce<P, R>(type: RequestType<P, R, api.ErrorData>, params: P, token: CancellationToken | undefined): Promise<R> {
    const { connection } = await this.start();
    try {
      // The library's parameter type also allows positional parameters, which no request of ours has.
      return await connection.sendRequest<R>(type.method, params, ...(token ? [token] : []));
    } catch (error) {
      throw fromResponseError(error);
    }
  }

  private start(): Promise<Running> {
    if (this.disposed) return Promise.reject(new NibbleError('engine-stopped', 'The Nibble engine has been shut down with its window.'));
    this.running ??= this.launch();
    return this.running;
  }

  private async launch(): Promise<Running> {
    const wait = BACKOFF_MS[this.crashes.length];
    if (wait === undefined) {
      this.running = null;
      throw new NibbleError('engine-stopped', 'The Nibble engine stopped several times in a row and is not started again by itself. Look into the Nibble log, then run "Nibble: Restart Engine".');
    }
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    if (this.disposed) throw engineStopped('disposed');

    const startedAt = performance.now();
    const child = fork(this.options.entry, [], {
      // The editor's own debug and loader switches are not meant for this process.
      execArgv: [],
      env: cleanEnvironment(process.env),
      // Structured clone keeps Infinity and typed arrays, which JSON does not.
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child), {
      error: (message) => { this.options.log.error(message); },
      warn: (message) => { this.options.log.warn(message); },
      info: (message) => { this.options.log.info(message); },
      log: (message) => { this.options.log.info(message); },
    });
    const running: Running = { child, connection };
    this.current = running;
    const output = collectOutput(child, this.options.log);
    child.once('error', (error) => { this.ended(running, error.message, output()); });
    child.once('exit', (code, signal) => { this.ended(running, signal ?? `exit code ${String(code)}`, output()); });
    // A write to a process that has just died is reported by its exit.
    connection.onError(() => undefined);

    relay(connection, api.didAssess, this.assessed);
    relay(connection, api.jobProgress, this.progressed);
    connection.listen();
    try {
      await connection.sendRequest(api.configure, this.settings);
    } catch (error) {
      throw fromResponseError(error);
    }
    this.startCount += 1;
    this.options.log.info(`Engine ready in ${(performance.now() - startedAt).toFixed(0)} ms (process ${String(child.pid)}).`);
    if (this.startCount > 1) for (const listener of this.restarted) listener();
    return running;
  }

  /** Forgets the process, so that its end counts as wanted, and rejects what waits for it. */
  private drop(): void {
    const running = this.current;
    this.current = null;
    this.running = null;
    running?.connection.dispose();
  }

  private ended(running: Running, how: string, output: string): void {
    if (this.current !== running) return;
    this.drop();
    const now = performance.now();
    this.crashes = [...this.crashes.filter((time) => now - time < CRASH_WINDOW_MS), now];
    const givenUp = this.hasGivenUp;
    this.options.log.error(`The engine process stopped (${how})${givenUp ? '; not starting it again' : ''}.${output ? `\n${output}` : ''}`);
    this.options.onCrash?.(givenUp);
    // Started again at once, not on the next need, so that open editors get their figures back.
    if (!givenUp) this.start().catch((error: unknown) => { this.options.log.error(String(error)); });
  }
}

export type AssessEvent = typeof api.didAssess extends NotificationType<infer P> ? P : never;
export type ProgressEvent = typeof api.jobProgress extends NotificationType<infer P> ? P : never;

function relay<P>(connection: MessageConnection, type: NotificationType<P>, listeners: ReadonlySet<(event: P) => void>): void {
  connection.onNotification(type, (event) => {
    for (const listener of listeners) listener(event);
  });
}

/** Sends the process's output to the log and keeps its end for the report of a crash. */
function collectOutput(child: ChildProcess, log: EngineLog): () => string {
  let kept = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      kept = (kept + text).slice(-MOST_OUTPUT_CHARACTERS);
      log.warn(`engine: ${text.trimEnd()}`);
    });
  }
  return () => kept.trimEnd();
}
