// @ts-check
// Collects the texts that a person can see, for translators: what is passed to `l10n.t` (or to the `t` of src/format) and
// the page's English texts.
import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';

/** Where `t('…')` means a translation. */
const SOURCES = ['src/extension', 'src/format'];
const PAGE_TEXTS = 'webview/strings.ts';
export const BUNDLE = 'l10n/bundle.l10n.json';

/**
 * The bundle's content as it should be. A text that is not a plain literal cannot be translated: it is listed in `problems`.
 * @returns {{ texts: Record<string, string>, problems: readonly string[] }}
 */
export function collectTexts() {
  /** @type {Set<string>} */
  const found = new Set();
  /** @type {string[]} */
  const problems = [];
  for (const file of SOURCES.flatMap(typescriptBelow)) visitCalls(parse(file), (text, line) => {
    if (text === null) problems.push(`${file}:${line}: the text is not a literal`);
    else found.add(text);
  });
  visitStrings(parse(PAGE_TEXTS), (text) => found.add(text));
  return { texts: Object.fromEntries([...found].sort().map((text) => [text, text])), problems };
}

/** @param {string} file */
function parse(file) {
  return ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
}

/** @param {ts.SourceFile} source @param {(text: string | null, line: number) => void} found */
function visitCalls(source, found) {
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isCallExpression(node) && /^(l10n\.)?t$/.test(node.expression.getText(source))) {
      const [first] = node.arguments;
      // The page's own texts are passed on by their keys.
      if (first && !ts.isIdentifier(first)) found(ts.isStringLiteralLike(first) ? first.text : null, source.getLineAndCharacterOfPosition(node.pos).line + 1);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
}

/** Values of the object literal `ENGLISH`. @param {ts.SourceFile} source @param {(text: string) => void} found */
function visitStrings(source, found) {
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isPropertyAssignment(node) && ts.isStringLiteralLike(node.initializer)) found(node.initializer.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
}

/** @param {string} folder */
function typescriptBelow(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).map((name) => `${folder}/${name.replaceAll('\\', '/')}`).sort();
}
