import { l10n, Uri, window, workspace } from 'vscode';
import { baseName, isModel, outputUriOf } from '../planLocation';

/** Asks for the name of a new model beside `model`. Null: the person wants none. */
export async function askOutput(model: Uri, tag: string, title: string): Promise<Uri | null> {
  const suggested = baseName(outputUriOf(model, tag));
  const existing = new Set((await workspace.fs.readDirectory(Uri.joinPath(model, '..'))).map(([name]) => name));
  const name = await window.showInputBox({
    title,
    prompt: l10n.t('Written beside {0}, which stays as it is', baseName(model)),
    value: suggested,
    valueSelection: [0, suggested.length - '.onnx'.length],
    ignoreFocusOut: true,
    validateInput: (value) => checkName(value, model, existing),
  });
  return name === undefined ? null : Uri.joinPath(model, '..', name.trim());
}

function checkName(value: string, model: Uri, existing: ReadonlySet<string>): string | { readonly message: string; readonly severity: 2 } | undefined {
  const name = value.trim();
  if (name === '' || /[\\/:*?"<>|]/.test(name)) return l10n.t('Write a file name, without a folder and without any of \\ / : * ? " < > |');
  if (!isModel(Uri.joinPath(model, '..', name))) return l10n.t('The name must end with .onnx');
  if (name === baseName(model)) return l10n.t('The model itself is never changed; choose another name');
  // 2: InputBoxValidationSeverity.Warning, which lets the person go on.
  return existing.has(name) ? { message: l10n.t('{0} is there already and will be replaced', name), severity: 2 } : undefined;
}
