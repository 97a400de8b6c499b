import { randomBytes } from 'node:crypto';
import { Uri } from 'vscode';
import type { Webview } from 'vscode';

/** The folders that the page may load from. Never the workspace: what a model says reaches the page as messages only. */
export function pageRoots(extension: Uri): readonly Uri[] {
  return [Uri.joinPath(extension, 'dist', 'webview'), Uri.joinPath(extension, 'media')];
}

/** What a page is made of. */
export interface PageParts {
  /** Which of the pages in the script it is. */
  readonly page: 'editor' | 'comparison';
  readonly title: string;
  readonly language: string;
}

/**
 * Scripts that the page asks for only when it draws its first chart, fetched along with the page all the same: a page that is
 * left while it waits for a file keeps the service worker of VS Code 1.100 busy for half a minute, and the page that takes
 * its place stays empty for so long.
 */
export const FETCHED_EARLY: readonly string[] = ['chartLibrary.js'];

/**
 * A page: a frame around the built script. Nothing of the model is written into it.
 * Scripts run only with the nonce; styles come from our folder, or with the nonce, which the UI toolkit reads from the meta tag.
 */
export function pageHtml(webview: Webview, extension: Uri, { page, title, language }: PageParts): string {
  const nonce = randomBytes(24).toString('base64');
  const asset = (name: string): string => webview.asWebviewUri(Uri.joinPath(extension, 'dist', 'webview', name)).toString();
  const policy = [
    "default-src 'none'",
    `img-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
    `style-src ${webview.cspSource} 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${escapeHtml(language)}">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta property="csp-nonce" content="${nonce}">
<meta name="viewport" content="width=device-width, initial-scale=1.0">
<link rel="stylesheet" href="${asset('editor.css')}">
${FETCHED_EARLY.map((name) => `<link rel="modulepreload" nonce="${nonce}" href="${asset(name)}">`).join('\n')}
<title>${escapeHtml(title)}</title>
</head>
<body data-page="${page}">
<script type="module" nonce="${nonce}" src="${asset('editor.js')}"></script>
</body>
</html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0) ?? 0};`);
}
