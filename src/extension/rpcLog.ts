import type { LogOutputChannel } from 'vscode';
import type { Logger } from 'vscode-jsonrpc';

/** The log as the RPC library wants it. */
export function rpcLog(log: LogOutputChannel): Logger {
  return {
    error: (message) => { log.error(message); },
    warn: (message) => { log.warn(message); },
    info: (message) => { log.info(message); },
    log: (message) => { log.debug(message); },
  };
}
