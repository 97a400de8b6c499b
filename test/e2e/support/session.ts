import { readFileSync, readdirSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext } from 'playwright-core';
import { inject, it } from 'vitest';
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
  // In the browser VS Code saves by itself; what is unsaved is part of what is tested.
  'files.autoSave': 'off',
};

export interface SessionOptions {
  /** Added to the user settings; null takes a setting away. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** What the workspace holds beside the sample networks: name → text. */
  readonly files?: Readonly<Record<string, string>>;
}

/** One VS Code server with its own profile and its own copy of the sample networks, and a browser on it. */
export class Session {
  private readonly consoleErrors: string[] = [];

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
    const server = await startServer(inject('vscode'), scratch, { extensions: inject('extensions') });
    const browser = await chromium.launch({ executablePath: inject('chromium'), args: CHROMIUM_ARGUMENTS });
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, locale: 'en-US' });
    return new Session(workspace, scratch, server, browser, context);
  }

  /** Opens a window on the workspace and waits until extensions are up. */
  async open(): Promise<Workbench> {
    const page = await this.context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') this.consoleErrors.push(message.text());
    });
    const workbench = new Workbench(page);
    await workbench.load(windowAddress(this.server, this.workspace));
    return workbench;
  }

  /** Text of a file of the workspace. */
  read(name: string): Promise<string> {
    return readFile(join(this.workspace, name), 'utf8');
  }

  /** Writes a file of the workspace, as another program would. */
  write(name: string, text: string): Promise<void> {
    return writeFile(join(this.workspace, name), text);
  }

  /** Puts one of the sample networks into the workspace under a name, over what stands there. */
  copySample(sample: string, name: string): Promise<void> {
    return cp(join('media/sample', sample), join(this.workspace, name));
  }

  /** Names of the files in the workspace. */
  files(): string[] {
    return readdirSync(this.workspace);
  }

  /** Processes of this session that run the engine. */
  enginePids(): number[] {
    const processes = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
    const parents = new Map(processes.map((pid) => [pid, parentOf(pid)]));
    const isOurs = (pid: number): boolean => {
      for (let at: number | undefined = pid; at; at = parents.get(at)) if (at === this.server.pid) return true;
      return false;
    };
    return processes.filter((pid) => isOurs(pid) && fileText(`/proc/${pid}/cmdline`).includes('dist/engine.js'));
  }

  /** What the server said, and what the windows logged about the extension: VS Code itself complains of parts that are left out on purpose. */
  logs(): string {
    const server = this.server.output().split('\n').filter((line) => /^\[\d\d:\d\d:\d\d\]/.test(line));
    return [...server, ...this.consoleErrors.filter((text) => /nibble|Content Security/i.test(text))].join('\n');
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
 * A test that is one person's way through the product: a VS Code of its own, with its own profile and workspace. Keeps
 * screenshots and logs when it fails.
 */
export function journey(name: string, run: (workbench: Workbench, session: Session) => Promise<void>, options?: SessionOptions): void {
  it(name, async ({ task }) => {
    const session = await Session.start(options);
    try {
      await run(await session.open(), session);
    } catch (error) {
      await session.capture(`${basename(task.file.name, '.test.ts')} ${name}`);
      console.error(session.logs());
      throw error;
    } finally {
      await session.stop();
    }
  });
}

/** The parent of a process, from the kernel; 0 when the process is gone. The name in the second field may hold anything. */
function parentOf(pid: number): number {
  const status = fileText(`/proc/${pid}/stat`);
  return Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
}

/** A file that may vanish while it is looked at; '' then. */
function fileText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
