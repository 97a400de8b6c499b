import type { DataType } from '../../onnx/dtypes';
import type { DeclaredDim, ValueInfo } from '../../onnx/model';
import type { Call } from '../call';
import type { Dim } from '../dim';
import { subtract, UNKNOWN_DIM } from '../dim';
import type { Environment } from '../environment';
import type { Unresolved } from '../layer';
import type { Block, Step } from '../step';
import { tensorValue, unknownValue } from '../value';
import type { Dims, Value } from '../value';
import type { BodyResult, BodyRunner } from './runner';

/** The body that runs for every token; encoder and first decoder run once. */
const REPEATED = 'decoder';

/** Operators of com.microsoft that generate text: they feed their bodies by the bodies' own declarations, and call the decoder until all sequences end. */
const GENERATORS: ReadonlyMap<string, (call: Call) => readonly (Dims | null)[]> = new Map([
  ['BeamSearch', beamSearch],
  ['WhisperBeamSearch', beamSearch],
  ['GreedySearch', greedySearch],
  ['Sampling', greedySearch],
]);

/** True for an operator that generates text. */
export function isGenerator(domain: string, op: string): boolean {
  return domain === 'com.microsoft' && GENERATORS.has(op);
}

/** Walks the bodies of an operator that generates text. How often the decoder runs is decided at run time: `NAME.tokens` can be set. */
export function runGenerator(runner: BodyRunner, step: Step, call: Call, environment: Environment): BodyResult {
  const { op } = step.node;
  const tokens = runner.open(`${step.name}.tokens`, { reason: `${op}: how many tokens it generates is decided at run time`, blockedBy: step.name });
  for (const [name, body] of step.bodies) {
    const inputs = fed(runner, step, name, body);
    if (name === REPEATED) runner.runRepeated(body, environment, inputs, tokens);
    else runner.run(body, environment, inputs);
  }
  const shapes = GENERATORS.get(op)!(call);
  const untold: Unresolved = { reason: `${op}: the shape of this output depends on the run`, blockedBy: step.name };
  const typeOf = (output: number): DataType => (output === 0 ? call.dataType(0) : 'float');
  return { outputs: shapes.map((shape, output) => (shape === null ? unknownValue(untold, typeOf(output)) : { ...tensorValue(typeOf(output), shape), blocker: call.blocker })), taken: null };
}

/** What a body is given: tensors as it declares them, whose extents change from call to call. */
function fed(runner: BodyRunner, step: Step, name: string, { owner }: Block): readonly Value[] {
  const cause: Unresolved = { reason: `${step.node.op}: it grows with the text that is generated`, blockedBy: step.name };
  const extent = (dim: DeclaredDim, input: string, axis: number): Dim => {
    if (typeof dim === 'number' && dim >= 0) return dim;
    // Other calls of the same operator, and the graph around, use such names in their own sense.
    return runner.open(`${step.name}/${name}.${typeof dim === 'string' && dim !== '' ? dim : `${input}.${String(axis)}`}`, cause);
  };
  return owner.inputs.map((info: ValueInfo | string): Value => {
    if (typeof info === 'string' || info.type.kind !== 'tensor' || info.type.shape === null) return unknownValue(cause);
    return tensorValue(info.type.elementType, info.type.shape.map((dim, axis) => extent(dim, info.name, axis)));
  });
}

/** Sequences [batch, returned, length], their scores [batch, returned], scores of all tokens at every step, and whisper's cross attention and probabilities [batch]. */
function beamSearch(call: Call): readonly (Dims | null)[] {
  const [batch, given] = prompt(call);
  const returned = scalar(call, 4);
  const length = scalar(call, 1);
  const scores: Dims = [subtract(length, given), batch, scalar(call, 3), call.int('vocab_size', 0) > 0 ? call.int('vocab_size', 0) : UNKNOWN_DIM];
  return [[batch, returned, length], [batch, returned], scores, null, [batch]];
}

/** Sequences [batch, length], and what the last token was drawn from. */
function greedySearch(call: Call): readonly (Dims | null)[] {
  const [batch] = prompt(call);
  return [[batch, scalar(call, 1)], [batch, call.int('vocab_size', 0) > 0 ? call.int('vocab_size', 0) : UNKNOWN_DIM]];
}

function prompt(call: Call): readonly [Dim, Dim] {
  const shape = call.value(0)?.shape;
  return [shape?.[0] ?? UNKNOWN_DIM, shape?.[1] ?? UNKNOWN_DIM];
}

function scalar(call: Call, input: number): Dim {
  return (call.has(input) ? call.elements(input)?.[0] : undefined) ?? UNKNOWN_DIM;
}
