import { visible } from '../format/visible';
import { type Style, styleFor } from './style';

/** Where the results and the diagnostics of a command go. */
export interface Terminal {
  readonly style: Style;
  /** Columns of the terminal that shows the results; Infinity when they go to a file or a program. */
  readonly width: number;
  /** Writes a result to stdout. */
  print(text: string): void;
  /** Writes one line to stderr. */
  tell(message: string): void;
  note(message: string): void;
  fail(message: string): void;
}

export function createTerminal(): Terminal {
  const style = styleFor(process.stdout, process.env);
  const errorStyle = styleFor(process.stderr, process.env);
  const line = (text: string): void => {
    process.stderr.write(`${text}\n`);
  };
  return {
    style,
    width: process.stdout.isTTY ? process.stdout.columns || 80 : Infinity,
    print: (text) => {
      process.stdout.write(text);
    },
    tell: (message) => { line(visible(message)); },
    note: (message) => { line(`${errorStyle.warning('note:')} ${visible(message)}`); },
    fail: (message) => { line(`${errorStyle.error('error:')} ${visible(message)}`); },
  };
}

/** When the reader of a pipe goes away (`nibble analyze … | head`), there is nobody left to tell anything. */
export function endWhenReaderLeaves(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit();
    });
  }
}
