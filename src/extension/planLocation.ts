import { Uri } from 'vscode';

export const MODEL_SUFFIX = '.onnx';
export const PLAN_SUFFIX = '.nibble.json';

/** `dir/resnet.onnx` → `dir/resnet.nibble.json` */
export function planUriOf(model: Uri): Uri {
  return model.with({ path: `${withoutSuffix(model.path, MODEL_SUFFIX)}${PLAN_SUFFIX}` });
}

/**
 * The model of a plan file: the one that the plan names (a file beside it), else the one with the plan's own name.
 * @param named `model.file` of the plan
 */
export function modelUriOf(plan: Uri, named: string | undefined): Uri {
  const sibling = named !== undefined && named !== '' && !/[\\/]/.test(named) ? named : `${withoutSuffix(baseName(plan), PLAN_SUFFIX)}${MODEL_SUFFIX}`;
  return Uri.joinPath(plan, '..', sibling);
}

export function isPlan(uri: Uri): boolean {
  return uri.path.toLowerCase().endsWith(PLAN_SUFFIX);
}

export function isModel(uri: Uri): boolean {
  return uri.path.toLowerCase().endsWith(MODEL_SUFFIX);
}

export function baseName(uri: Uri): string {
  return uri.path.slice(uri.path.lastIndexOf('/') + 1);
}

/** `dir/resnet.onnx`, `int8` → `dir/resnet.int8.onnx` */
export function outputUriOf(model: Uri, tag: string): Uri {
  return model.with({ path: `${withoutSuffix(model.path, MODEL_SUFFIX)}.${tag}${MODEL_SUFFIX}` });
}

function withoutSuffix(path: string, suffix: string): string {
  return path.toLowerCase().endsWith(suffix) ? path.slice(0, -suffix.length) : path;
}
