import type { CancellationToken, CodeActionContext, Diagnostic, MarkdownString, Range } from 'vscode';
import { describe, expect, it, vi } from 'vitest';
import { PlanCompletion } from '../../src/extension/planText/planCompletion';
import { diagnosticsOf, PlanQuickFixes } from '../../src/extension/planText/planDiagnostics';
import { PlanHover } from '../../src/extension/planText/planHover';
import { PlanLenses } from '../../src/extension/planText/planLenses';
import { PlanTexts } from '../../src/extension/planText/planTexts';
import { formatOf } from '../../src/quant/scheme';
import { INT4 } from './support/pretendEngine';
import { LAYERS, Scene } from './support/scene';
import { FakeTextDocument } from './support/textDocument';
import type { Position } from './support/vscode';

const TEXT = `{
  // what a person writes
  "version": 1,
  "layers": [
    { "match": "/head/fc1/Gemm", "weights": { "bits": 4 } },
    { "match": "/head/**", "weights": { "range": "mse" } },
    { "match": "/head/fc2/Gem", "weights": "float" },
  ]
}`;

const token = { isCancellationRequested: false } as CancellationToken;

async function opened(text = TEXT, layers = LAYERS): Promise<{ readonly scene: Scene; readonly texts: PlanTexts; readonly file: FakeTextDocument }> {
  const scene = new Scene(layers);
  const texts = new PlanTexts(scene.services, scene.documents);
  const file = new FakeTextDocument(scene.path('net.nibble.json'), text);
  file.open();
  await vi.waitFor(() => { expect(texts.get(file.document)?.session?.assessment).toBeTruthy(); });
  return { scene, texts, file };
}

/** The position in the middle of a text. */
function inside(file: FakeTextDocument, text: string): Position {
  return file.positionAt(file.getText().indexOf(text) + Math.ceil(text.length / 2));
}

describe('a plan in a text editor', () => {
  it('says the error of the layer under the pointer', async () => {
    const { texts, file } = await opened();
    const hover = await new PlanHover(texts).provideHover(file.document, inside(file, '/head/fc1/Gemm') as never, token);
    expect((hover!.contents as unknown as MarkdownString).value).toMatch(/Weight error \| 24\\\.0 dB/);
    expect(file.getText(hover!.range as never)).toBe('"/head/fc1/Gemm"');
  });

  it('says what a glob comes to, and that a name matches nothing', async () => {
    const { texts, file } = await opened();
    const hover = new PlanHover(texts);
    const glob = await hover.provideHover(file.document, inside(file, '"/head/**"') as never, token);
    expect((glob!.contents as unknown as MarkdownString).value).toMatch(/2.+of which 2 have weights/);
    expect((await hover.provideHover(file.document, inside(file, '/head/fc2/Gem"') as never, token))!.contents).toMatch(/No layer/);
    expect(await hover.provideHover(file.document, inside(file, '"version"') as never, token)).toBeNull();
    expect(await hover.provideHover(file.document, inside(file, '"match"') as never, token)).toBeNull();
  });

  it('follows what is typed, and keeps the last good figures while it is not a plan', async () => {
    const { texts, file } = await opened();
    const { session } = texts.get(file.document)!;
    file.type(TEXT.replace('"bits": 4', '"bits": 16'));
    await vi.waitFor(() => { expect(formatOf(session!.assessment!.layers[2]!.scheme)).toBe('int16'); });
    file.type('{ "version": 1, ');
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(formatOf(session!.assessment!.layers[2]!.scheme)).toBe('int16');
    expect(diagnosticsOf(texts.get(file.document)!).map(({ severity }) => severity)).toContain(0);
    expect(new PlanLenses(texts).provideCodeLenses(file.document).at(-1)?.command?.title).toMatch(/cannot be read/);
  });

  it('marks a name that no layer has and offers the nearest', async () => {
    const { texts, file } = await opened();
    const [diagnostic, ...more] = diagnosticsOf(texts.get(file.document)!) as [Diagnostic];
    expect(more).toEqual([]);
    expect(diagnostic.message).toBe('No layer of this model has the name /head/fc2/Gem. Did you mean /head/fc2/Gemm?');
    const [fix] = new PlanQuickFixes(texts).provideCodeActions(file.document, diagnostic.range, { diagnostics: [diagnostic] } as unknown as CodeActionContext);
    expect(fix?.title).toBe('Change to /head/fc2/Gemm');
    const { replacements } = fix?.edit as unknown as { replacements: readonly { range: Range; text: string }[] };
    expect(replacements.map(({ text }) => text)).toEqual(['"/head/fc2/Gemm"']);
  });

  it('marks dimensions that the model does not have, and rules by which layers disagree about a tensor that they share', async () => {
    const tied = LAYERS.map((layer) => ({ ...layer, weights: layer.weights.map((weight) => ({ ...weight, key: 'tied', tensor: 'tied' })) }));
    const { texts, file } = await opened('{ "version": 1, "dimensions": { "bach": 2 }, "layers": [{ "match": "/head/fc1/Gemm", "weights": { "bits": 4 } }] }', tied);
    const found = diagnosticsOf(texts.get(file.document)!).map(({ range, message, severity }) => ({ at: file.getText(range as never), message, severity }));
    expect(found).toEqual([
      { at: '"bach": 2', message: 'This model has no dimension bach.', severity: 1 },
      { at: '"/head/fc1/Gemm"', message: '"tied" is shared by /stem/conv/Conv, /head/fc1/Gemm and /head/fc2/Gemm, which ask for different formats; the most precise one, int8 · channel, is used.', severity: 2 },
    ]);
  });

  it('completes this model’s layers and scopes inside a match, and nothing elsewhere', async () => {
    const { texts, file } = await opened();
    const completion = new PlanCompletion(texts);
    const list = await completion.provideCompletionItems(file.document, inside(file, '/head/fc1/Gemm') as never, token);
    expect(list!.items.map(({ insertText }) => insertText)).toEqual(['"/stem/**"', '"/stem/conv/**"', '"/head/**"', '"/head/fc1/**"', '"/head/fc2/**"', '"/stem/conv/Conv"', '"/head/fc1/Gemm"', '"/head/fc2/Gemm"']);
    const resolved = await completion.resolveCompletionItem(list!.items.at(-1)!);
    expect((resolved.documentation as MarkdownString).value).toContain('fc2');
    expect(await completion.provideCompletionItems(file.document, inside(file, '"weights"') as never, token)).toBeNull();
  });

  it('has lenses to quantize and assess, and its totals', async () => {
    const { texts, file } = await opened();
    const lenses = new PlanLenses(texts).provideCodeLenses(file.document);
    expect(lenses.map(({ command }) => command?.title)).toEqual(['$(rocket) Quantize', '$(graph) Assess', '3.07 kB → 640 B · 8.0 bits on average · 40.0 dB']);
    expect(lenses[0]!.command?.arguments).toEqual([file.uri]);
  });

  it('is followed by an editor on its model until that has edits of its own', async () => {
    const { scene, texts, file } = await opened();
    const document = await scene.open();
    file.type('{ "version": 1, "default": { "weights": "float16" } }');
    expect(document.text).toBe(file.getText());
    expect(document.isDirty).toBe(false);
    scene.editing.setScheme(document, { kind: 'model' }, INT4);
    const mine = document.text;
    file.type('{ "version": 1 }');
    expect(document.text).toBe(mine);
    file.close();
    expect(texts.get(file.document)).toBeUndefined();
  });
});
