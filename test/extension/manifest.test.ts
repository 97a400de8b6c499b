import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ActiveModel } from '../../src/extension/activeModel';
import { registerCommands } from '../../src/extension/commands/register';
import { DocumentPicker } from '../../src/extension/documentPicker';
import { EDITOR_VIEW_TYPE, PLAN_VIEW_TYPE } from '../../src/extension/editorProvider';
import { RunningJobs } from '../../src/extension/jobs';
import { LAYERS_VIEW, LayersView } from '../../src/extension/layersView';
import { ModelFiles } from '../../src/extension/modelFiles';
import { MODELS_VIEW } from '../../src/extension/modelsView';
import { QUICK_FORMATS } from '../../src/extension/quickFormats';
import { BUNDLE, collectTexts } from '../../scripts/lib/l10n.mjs';
import { Scene } from './support/scene';
import { registeredCommands } from './support/vscode';

interface MenuItem {
  readonly command?: string;
  readonly submenu?: string;
  readonly when?: string;
  readonly group?: string;
}

interface Manifest {
  readonly icon: string;
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string; readonly category: string; readonly icon?: string; readonly enablement?: string }[];
    readonly menus: Readonly<Record<string, readonly MenuItem[]>>;
    readonly submenus: readonly { readonly id: string }[];
    readonly customEditors: readonly { readonly viewType: string; readonly priority: string }[];
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
    readonly viewsWelcome: readonly { readonly contents: string }[];
    readonly configuration: readonly { readonly properties: Readonly<Record<string, { readonly default?: unknown; readonly enum?: readonly string[]; readonly enumDescriptions?: readonly string[] }>> }[];
    readonly walkthroughs: readonly { readonly steps: readonly { readonly description: string; readonly completionEvents: readonly string[] }[] }[];
  };
}

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const source = readFileSync('package.json', 'utf8');
const manifest = read('package.json') as Manifest;
const texts = read('package.nls.json') as Readonly<Record<string, string>>;
const { contributes } = manifest;
const commandIds = contributes.commands.map(({ command }) => command);

function registerAll(): void {
  const { services, documents: open, editing, samples } = new Scene();
  const active = new ActiveModel();
  const files = new ModelFiles(services);
  registerCommands({ services, active, documents: new DocumentPicker(open, active, files), editing, files, jobs: new RunningJobs(), layers: new LayersView(active), samples });
}

describe('the manifest', () => {
  it('has a text for every key, and no text without a key', () => {
    const used = [...source.matchAll(/"%([\w.-]+)%"/g)].map(([, key]) => key!);
    expect([...new Set(used)].sort()).toEqual(Object.keys(texts).sort());
  });

  it('declares exactly the commands that are registered', () => {
    registerAll();
    expect([...commandIds].sort()).toEqual([...registeredCommands()].filter((id) => id.startsWith('nibble.')).sort());
    expect(QUICK_FORMATS.every(({ key }) => commandIds.includes(`nibble.setFormat.${key}`))).toBe(true);
  });

  it('puts only its own commands and submenus into menus, and hides those from the palette that need a row', () => {
    const items = Object.values(contributes.menus).flat();
    for (const { command, submenu } of items) {
      if (command !== undefined) expect(commandIds).toContain(command);
      else expect(contributes.submenus.map(({ id }) => id)).toContain(submenu);
    }
    const hidden = (contributes.menus['commandPalette'] ?? []).filter(({ when }) => when === 'false').map(({ command }) => command);
    expect(hidden).toEqual(expect.arrayContaining(['nibble.setFormat', 'nibble.revealLayer', 'nibble.copyLayerName']));
  });

  it('uses no context key that nothing sets', () => {
    const clauses = [...Object.values(contributes.menus).flat().map(({ when }) => when ?? ''), ...contributes.commands.map(({ enablement }) => enablement ?? '')];
    const keys = new Set(clauses.flatMap((clause) => [...clause.matchAll(/\bnibble\.[a-z]\w*/gi)].map(([key]) => key)));
    for (const known of ['nibble.model', 'nibble.plan', MODELS_VIEW, LAYERS_VIEW]) keys.delete(known);
    const set = readFileSync('src/extension/activeModel.ts', 'utf8');
    for (const key of keys) expect(set).toContain(`'${key}'`);
  });

  it('names the editors and views that the code registers', () => {
    expect(contributes.customEditors.map(({ viewType, priority }) => [viewType, priority])).toEqual([[EDITOR_VIEW_TYPE, 'default'], [PLAN_VIEW_TYPE, 'option']]);
    expect(contributes.views['nibble']?.map(({ id }) => id)).toEqual([MODELS_VIEW, LAYERS_VIEW]);
  });

  it('points only to files that exist', () => {
    const paths = [...source.matchAll(/"(?:\.\/)?(media\/[^"]+)"/g)].map(([, path]) => path!);
    expect(paths.length).toBeGreaterThan(5);
    expect(paths.filter((path) => !existsSync(path))).toEqual([]);
  });

  it('gives every setting a default and every choice a description', () => {
    for (const property of contributes.configuration.flatMap(({ properties }) => Object.values(properties))) {
      expect(property.default).toBeDefined();
      expect(property.enumDescriptions?.length).toBe(property.enum?.length);
    }
  });

  it('links to commands that exist from the walkthrough and the welcome views', () => {
    const said = [...contributes.viewsWelcome.map(({ contents }) => contents), ...contributes.walkthroughs.flatMap(({ steps }) => steps.flatMap(({ description, completionEvents }) => [description, ...completionEvents]))];
    const resolved = said.map((text) => texts[text.replaceAll('%', '')] ?? text).join('\n');
    const linked = [...resolved.matchAll(/(?:command:|onCommand:)(nibble\.[\w.]+)/g)].map(([, id]) => id!);
    expect(linked.length).toBeGreaterThan(8);
    for (const id of linked) expect(commandIds).toContain(id);
  });
});

describe('texts in code', () => {
  it('are literals, and all of them are in the translators’ list', () => {
    const { texts: collected, problems } = collectTexts();
    expect(problems).toEqual([]);
    expect(read(BUNDLE), 'Run: node scripts/l10n.mjs').toEqual(collected);
  });
});
