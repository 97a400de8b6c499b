import { onnx } from 'onnx-proto';
import { NibbleError } from '../errors';
import { decodeMessage } from './context';
import type { ReadContext } from './context';
import { convertFunction, convertGraph, convertOpsets } from './convertGraph';
import { toNumber } from './integers';
import { LIMITS } from './limits';
import type { Limits } from './limits';
import type { Model } from './model';
import { recognise } from './recognise';
import { skim } from './skim';
import type { Skimmed } from './skim';
import type { ByteSource } from './source';
import { childrenOf } from './trace';

const GRAPH = 7;
const FUNCTIONS = 25;

/**
 * Reads the structure of an ONNX file: everything but large payloads, which stay in the file as byte ranges. External
 * data files are not opened; see `checkExternalData`.
 *
 * Throws a `NibbleError`: `not-onnx` for a file of another kind, `truncated`, `malformed`, `limit`, or `unsafe-path` when
 * external data is said to be outside the model's folder. Errors of `source` pass through.
 */
export function readModel(source: ByteSource, limits: Limits = LIMITS): Model {
  if (source.size === 0) throw new NibbleError('not-onnx', `${source.name} is empty. Download or copy it again.`, { file: source.name });
  try {
    return decode({ source, limits }, skim(source, limits));
  } catch (error) {
    throw nameOtherKind(source, error) ?? error;
  }
}

/** A file that failed as ONNX may be recognised as something else, which helps more than the first odd byte. */
function nameOtherKind(source: ByteSource, error: unknown): NibbleError | null {
  if (!NibbleError.is(error) || !['not-onnx', 'malformed', 'truncated', 'limit'].includes(error.reason)) return null;
  const kind = recognise(source);
  return kind === null ? null : new NibbleError('not-onnx', `${source.name} is not an ONNX model: it is ${kind}.`, { file: source.name }, { cause: error });
}

function decode(context: ReadContext, { structure, trace }: Skimmed): Model {
  const { source } = context;
  // The decoder reads texts from a Buffer natively, which makes it a third faster than from other bytes.
  const bytes = Buffer.from(structure.buffer, structure.byteOffset, structure.length);
  const proto = decodeMessage(context, () => onnx.ModelProto.decode(bytes));
  const [graph] = childrenOf(trace, GRAPH);
  if (!proto.graph || !graph) {
    throw new NibbleError('not-onnx', `${source.name} holds no graph, so it is not an ONNX model. If it is a single tensor or a part of a model, open the model itself.`, { file: source.name });
  }
  const functions = childrenOf(trace, FUNCTIONS);
  return {
    file: source.name,
    fileBytes: source.size,
    irVersion: toNumber(proto.irVersion),
    producerName: proto.producerName,
    producerVersion: proto.producerVersion,
    domain: proto.domain,
    modelVersion: toNumber(proto.modelVersion),
    docString: proto.docString,
    opsets: convertOpsets(proto.opsetImport),
    metadata: new Map(proto.metadataProps.map(({ key, value }) => [key ?? '', value ?? ''])),
    graph: convertGraph(context, proto.graph, graph),
    functions: proto.functions.map((definition, index) => convertFunction(context, definition, functions[index]!)),
  };
}
