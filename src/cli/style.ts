/** Emphasis for a terminal, or none. */
export interface Style {
  bold(text: string): string;
  faint(text: string): string;
  error(text: string): string;
  warning(text: string): string;
}

const PLAIN: Style = { bold: same, faint: same, error: same, warning: same };
const COLOURED: Style = {
  bold: (text) => `\u001b[1m${text}\u001b[22m`,
  faint: (text) => `\u001b[2m${text}\u001b[22m`,
  error: (text) => `\u001b[31m${text}\u001b[39m`,
  warning: (text) => `\u001b[33m${text}\u001b[39m`,
};

/** Colours only on a terminal, never where NO_COLOR is set (no-color.org) or the terminal is dumb. */
export function styleFor(stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): Style {
  const wanted = stream.isTTY === true && (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb';
  return wanted ? COLOURED : PLAIN;
}

function same(text: string): string {
  return text;
}
