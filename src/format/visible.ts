/**
 * Text from a model as it may be shown in a terminal or a single line: control characters could clear the screen or fake
 * output, bidirectional marks turn what follows around. Each is shown as its code: `\u{1b}`.
 */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}
