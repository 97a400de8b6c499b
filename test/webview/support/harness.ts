import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { CHROMIUM_ARGUMENTS, ensureChromium } from '../../../scripts/lib/chromium.mjs';
import type { ComparisonState } from '../../../src/extension/comparisonApi';
import type { EditorState } from '../../../src/extension/editorApi';
import type { FakeModelKind } from './fakeModel';

export const REPOSITORY = resolve(import.meta.dirname, '../../..');
export const SCREENSHOTS = join(REPOSITORY, 'test-results', 'webview');

export type ThemeName = 'dark' | 'light' | 'hc-black' | 'hc-light';
export const THEMES: readonly ThemeName[] = ['dark', 'light', 'hc-black', 'hc-light'];

interface Theme {
  readonly bodyClass: string;
  readonly kind: string;
  readonly id: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** The variables that VS Code 1.139 gives a webview under its four default themes, as it gives them. */
const THEME_VALUES = JSON.parse(readFileSync(join(import.meta.dirname, 'themes.json'), 'utf8')) as Readonly<Record<ThemeName, Theme>>;

/** The rules that VS Code puts before a webview's own. */
const VSCODE_STYLES = `@layer vscode-default {
  html { scrollbar-color: var(--vscode-scrollbarSlider-background) var(--vscode-editor-background); }
  body { background-color: transparent; color: var(--vscode-editor-foreground); font: var(--vscode-font-weight) var(--vscode-font-size) var(--vscode-font-family); margin: 0; padding: 0 20px; }
  a { color: var(--vscode-textLink-foreground); }
}
html { background: var(--vscode-editor-background); }`;

export interface OpenOptions {
  readonly model?: FakeModelKind;
  readonly theme?: ThemeName;
  /** Differences from the usual state of the host. */
  readonly change?: Partial<EditorState>;
  /** Opens the page of a comparison instead of the editor's. */
  readonly comparison?: ComparisonState;
  /** What `getState` finds. */
  readonly state?: unknown;
  readonly size?: { readonly width: number; readonly height: number };
  readonly reducedMotion?: boolean;
}

/** An opened page and what went wrong in it. */
export interface OpenedPage {
  readonly page: Page;
  /** Violations of the content security policy. */
  readonly violations: () => Promise<readonly string[]>;
  /** Errors that nothing caught. */
  readonly errors: readonly string[];
}

/** Serves the built page with a fake host beside it, as VS Code would frame it, and opens it in Chromium. */
export class Harness {
  private constructor(
    readonly browser: Browser,
    private readonly address: string,
    private readonly stop: () => void,
  ) {}

  static async start(): Promise<Harness> {
    const bundle = await build({
      entryPoints: [join(import.meta.dirname, 'fakeHost.ts')], bundle: true, write: false, format: 'iife', platform: 'browser', target: 'chrome120', logLevel: 'error', nodePaths: [join(REPOSITORY, 'node_modules')],
    });
    const fakeHost = bundle.outputFiles[0]!.text;
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      const send = (type: string, body: string | Buffer): void => {
        response.writeHead(200, { 'content-type': type }).end(body);
      };
      if (url.pathname === '/') send('text/html', html(url.searchParams.get('page') ?? 'editor'));
      else if (url.pathname === '/vscode.css') send('text/css', VSCODE_STYLES);
      else if (url.pathname === '/setup.js') send('text/javascript', setupScript(JSON.parse(url.searchParams.get('options') ?? '{}') as OpenOptions));
      else if (url.pathname === '/fakeHost.js') send('text/javascript', fakeHost);
      else {
        readFile(join(REPOSITORY, 'dist', 'webview', url.pathname.slice(1))).then(
          (content) => {
            send(url.pathname.endsWith('.css') ? 'text/css' : url.pathname.endsWith('.js') ? 'text/javascript' : 'font/ttf', content);
          },
          () => response.writeHead(404).end(),
        );
      }
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const browser = await chromium.launch({ executablePath: await ensureChromium(), args: CHROMIUM_ARGUMENTS });
    return new Harness(browser, `http://127.0.0.1:${(server.address() as AddressInfo).port}`, () => server.close());
  }

  async open(options: OpenOptions = {}): Promise<OpenedPage> {
    const context = await this.browser.newContext({ viewport: options.size ?? { width: 1400, height: 860 }, reducedMotion: options.reducedMotion === true ? 'reduce' : 'no-preference', locale: 'en-US' });
    const page = await context.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await page.route('**/setup.js', (route) => route.continue({ url: `${this.address}/setup.js?options=${encodeURIComponent(JSON.stringify(options))}` }));
    await page.goto(options.comparison === undefined ? this.address : `${this.address}/?page=comparison`);
    return { page, errors, violations: () => page.evaluate(() => window.violations) };
  }

  async close(): Promise<void> {
    await this.browser.close();
    this.stop();
  }
}

declare global {
  interface Window {
    violations: string[];
    setTheme(name: ThemeName): void;
  }
}

/** The frame that the extension makes, policy included; the nonce is the same every time, which only a test may do. */
function html(kind: string): string {
  const policy = ["default-src 'none'", "img-src 'self'", "font-src 'self'", "style-src 'self' 'nonce-test'", "script-src 'nonce-test'"].join('; ');
  return `<!DOCTYPE html><html lang="en"><head><meta charset="UTF-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><meta property="csp-nonce" content="test">
<title>Nibble</title><link rel="stylesheet" href="/vscode.css"><link rel="stylesheet" href="/editor.css"></head>
<body data-page="${kind}"><script nonce="test" src="/setup.js"></script><script nonce="test" src="/fakeHost.js"></script><script type="module" nonce="test" src="/editor.js"></script></body></html>`;
}

function setupScript(options: OpenOptions): string {
  const harness = { model: options.model ?? 'resnet', state: options.state, change: options.change ?? {}, comparison: options.comparison };
  return `window.violations = [];
document.addEventListener('securitypolicyviolation', (event) => window.violations.push(event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sourceFile));
window.harness = ${JSON.stringify(harness)};
window.themes = ${JSON.stringify(THEME_VALUES)};
window.setTheme = (name) => {
  const theme = window.themes[name];
  document.documentElement.style.cssText = Object.entries(theme.variables).map(([key, value]) => key + ': ' + value).join('; ');
  document.body.className = theme.bodyClass;
  document.body.dataset.vscodeThemeKind = theme.kind;
  document.body.dataset.vscodeThemeId = theme.id;
};
window.setTheme(${JSON.stringify(options.theme ?? 'dark')});`;
}
