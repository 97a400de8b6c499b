/**
 * Puts a text into the person's language and fills `{0}`, `{1}` … in. `vscode.l10n.t` is one; everything in this folder that
 * makes sentences takes one, because nothing here may depend on the editor.
 */
export type Translate = (message: string, ...values: (string | number)[]) => string;

/** Leaves the text in English. */
export const inEnglish: Translate = (message, ...values) =>
  message.replace(/\{(\d+)\}/g, (placeholder, index: string) => String(values[Number(index)] ?? placeholder));
