import type { Terminal } from './terminal';

/** What a command gets from the program around it. */
export interface Context {
  readonly terminal: Terminal;
  /** Aborted by Ctrl+C. */
  readonly signal: AbortSignal;
}

/** How a command's result is printed; a table for people when none is chosen. */
export interface OutputOptions {
  readonly json?: boolean;
  readonly markdown?: boolean;
  readonly csv?: boolean;
}

/** JSON as people read it and programs take it; numbers that JSON does not have are null. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
