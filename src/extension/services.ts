import type { ExtensionContext, LogOutputChannel } from 'vscode';
import type { EngineClient } from '../engine/client';
import type { ModelSessions } from './modelSessions';

/** What every part of the extension works with. */
export interface Services {
  readonly context: ExtensionContext;
  readonly log: LogOutputChannel;
  readonly engine: EngineClient;
  readonly sessions: ModelSessions;
}
