import { NibbleError } from '../../errors';
import { checkStructure } from '../../onnx/checkStructure';
import type { FindingKind } from '../../onnx/checkStructure';
import type { Model } from '../../onnx/model';
import { bodiesOf } from './places';

/** With these no runtime loads a model. The others onnxruntime puts up with, as tests with it show. */
const FATAL: ReadonlySet<FindingKind> = new Set<FindingKind>(['dangling', 'duplicate', 'cycle']);

/**
 * Refuses a model that could never be loaded, so that nobody waits for a copy that could not be, either. Returns what else
 * breaks the rules of ONNX in it, as sentences. Throws `malformed`.
 */
export function checkLoadable(model: Model): readonly string[] {
  // What is wrong in a function that nobody calls keeps no model from loading.
  const used = { ...model, functions: calledFunctions(model) };
  const findings = checkStructure(used);
  const [first, ...others] = findings.filter(({ kind }) => FATAL.has(kind));
  if (first === undefined) return findings.map(({ message }) => message);
  const more = others.length === 0 ? '' : ` (${others.length} more of this kind)`;
  throw new NibbleError('malformed', `${model.file} could not be loaded by any runtime, quantized or not: ${first.message}${more} Export the model anew.`, { file: model.file, node: first.node });
}

function calledFunctions(model: Model): Model['functions'] {
  const called = new Set<string>();
  for (const { nodes } of bodiesOf(model)) for (const { domain, op } of nodes) called.add(`${domain} ${op}`);
  return model.functions.filter(({ domain, name }) => called.has(`${domain} ${name}`));
}
