import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, inject, onTestFailed } from 'vitest';
import { CHROMIUM_ARGUMENTS } from '../../../scripts/lib/chromium.mjs';
import { QUIET_SETTINGS, startServer, windowAddress, writeSettings } from '../../../scripts/lib/vscodeServer.mjs';
import type { Server } from '../../../scripts/lib/vscodeServer.mjs';
import { Workbench } from './workbench';

/** Settings that make a window hold still: no trust dialog, no animation, hovers at once, pickers that outlive a lost focus. */
const TEST_SETTINGS = {
  ...QUIET_SETTINGS,
  'security.workspace.trust.enabled': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'workbench.reduceMotion': 'on',
  'workbench.colorTheme': 'Default Dark Modern',
  'workbench.hover.delay': 150,
  'editor.hover.delay': 150,
  'editor.minimap.enabled': false,
  'workbench.quickOpen.closeOnFocusLost': false,
};

export interface SessionOptions {
  /** Added to the user settings; null takes a setting away. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** What the workspace holds beside the sample networks: name → text. */
  readonly files?: Readonly<Record<string, string>>;
}

/** One VS Code server with its own profile and its own copy of the sample networks, for the tests of one file. */
export class Session {
  private constructor(
    /** The folder that is open in the windows. */
    readonly workspace: string,
    private readonly scratch: string,
    private readonly server: Server,
    private readonly browser: Browser,
    private readonly context: BrowserContext,
  ) {}

  static async start({ settings = {}, files = {} }: SessionOptions = {}): Promise<Session> {
    const scratch = await mkdtemp(join(tmpdir(), 'nibble-vscode-'));
    const workspace = join(scratch, 'work');
    await mkdir(workspace);
    for (const file of ['lenet5.onnx', 'digits-depthwise.onnx', 'samples.npz']) await cp(join('media/sample', file), join(workspace, file));
    for (const [name, text] of Object.entries(files)) await writeFile(join(workspace, name), text);
    const all: Record<string, unknown> = { ...TEST_SETTINGS, ...settings };
    await writeSettings(scratch, Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null)));
    const server = await startServer(inject('vscode'), scratch, inject('extensions'));
    const browser = await chromium.launch({ executablePath: inject('chromium'), args: CHROMIUM_ARGUMENTS });
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, locale: 'en-US' });
    return new Session(workspace, scratch, server, browser, context);
  }

  /** Opens a window on the workspace and waits until extensions are up. */
  async open(): Promise<Workbench> {
    const workbench = new Workbench(await this.context.newPage());
    await workbench.load(windowAddress(this.server, this.workspace));
    return workbench;
  }

  /** Everything that the server and the extension logged, for a failed test. */
  async logs(): Promise<string> {
    const parts = [this.server.output()];
    const root = join(this.scratch, 'data', 'data', 'logs');
    const files = await readdir(root, { recursive: true }).catch(() => []);
    for (const file of files.filter((name) => /remoteexthost\.log$|nibble.*\.log$/i.test(name))) {
      parts.push(`── ${file}\n${await readFile(join(root, file), 'utf8')}`);
    }
    return parts.join('\n');
  }

  /** Saves what every open window shows. */
  async capture(name: string): Promise<void> {
    await mkdir('test-results', { recursive: true });
    const file = `${inject('vscode').version} ${name}`.replace(/[^\w.-]+/g, '-');
    for (const [index, page] of this.context.pages().entries()) await page.screenshot({ path: join('test-results', `${file}${index || ''}.png`) });
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.server.stop();
    await rm(this.scratch, { recursive: true, force: true });
  }
}

/**
 * A session for the tests of one file, with screenshots and logs kept of every test that fails. Call it inside `describe`.
 * @returns the running session; valid inside tests and hooks only
 */
export function useSession(options?: SessionOptions): () => Session {
  let session: Session | undefined;
  beforeAll(async () => {
    session = await Session.start(options);
  });
  beforeEach(({ task }) => {
    onTestFailed(async () => {
      await session?.capture(`${basename(task.file.name, '.test.ts')} ${task.name}`);
      console.error(await session?.logs());
    });
  });
  afterAll(() => session?.stop());
  return () => {
    if (!session) throw new Error('The session has not started.');
    return session;
  };
}
