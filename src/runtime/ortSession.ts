import type { InferenceSession, Tensor, TensorConstructor } from 'onnxruntime-common';
import { NibbleError } from '../errors';
import type { DataType } from '../onnx/dtypes';
import type { ModelSession, SessionOptions, ValueSpec } from './session';
import type { TensorData, TensorValue } from './tensorValue';

/** The part of onnxruntime's packages that both of them share. */
export interface Ort {
  readonly InferenceSession: { create(path: string, options: InferenceSession.SessionOptions): Promise<InferenceSession> };
  readonly Tensor: TensorConstructor;
}

/** onnxruntime's JavaScript names of element types, by ours. */
const ORT_TYPES: Readonly<Partial<Record<DataType, Tensor.Type>>> = {
  float: 'float32',
  double: 'float64',
  float16: 'float16',
  int8: 'int8',
  uint8: 'uint8',
  int16: 'int16',
  uint16: 'uint16',
  int32: 'int32',
  uint32: 'uint32',
  int64: 'int64',
  uint64: 'uint64',
  bool: 'bool',
  string: 'string',
};

const DATA_TYPES = new Map<string, DataType>(Object.entries(ORT_TYPES).map(([ours, theirs]) => [theirs, ours as DataType]));

/** Longest part of a runtime's message that is shown to a person; the whole goes along as the cause. */
const MAX_REASON_LENGTH = 300;

/**
 * Loads a model with either of onnxruntime's packages.
 * Throws `runtime`, naming the file, when the model is refused.
 */
export async function loadOrtSession(ort: Ort, path: string, options: SessionOptions): Promise<ModelSession> {
  const session = await attempt(`onnxruntime could not load ${path}`, { file: path }, () => ort.InferenceSession.create(path, sessionOptions(options)));
  const outputSpecs = session.outputMetadata.map(toSpec);
  // Asking for a sequence or a map makes the native binding throw, so only tensors are fetched.
  const fetches = outputSpecs.filter(({ dataType }) => dataType !== null).map(({ name }) => name);
  return {
    inputs: session.inputMetadata.map(toSpec),
    outputs: outputSpecs,
    async run(feeds, wanted = fetches) {
      const tensors: Record<string, Tensor> = {};
      for (const [name, value] of feeds) tensors[name] = toOrtTensor(ort, name, value);
      const fetched = await attempt(`onnxruntime could not run ${path}`, { file: path }, () => session.run(tensors, wanted));
      const outputs = new Map<string, TensorValue>();
      for (const [name, value] of Object.entries(fetched)) outputs.set(name, fromOrtTensor(value));
      return outputs;
    },
    release: () => session.release(),
  };
}

const LEVELS = { none: 'disabled', portable: 'extended', all: 'all' } as const;

function sessionOptions(options: SessionOptions): InferenceSession.SessionOptions {
  return {
    ...(options.threads > 0 ? { intraOpNumThreads: options.threads } : {}),
    graphOptimizationLevel: LEVELS[options.optimization],
    ...(options.optimizedPath === undefined ? {} : { optimizedModelFilePath: options.optimizedPath }),
    // Warnings and errors would go straight to the terminal; what matters comes as an exception.
    logSeverityLevel: 4,
    externalData: options.externalFiles.map(({ location, path }) => ({ path: location, data: path })),
    // By default a fused MatMulNBits quantizes its activations to int8, which is not what weight-only figures promise.
    extra: { session: { qdq_matmulnbits_accuracy_level: '0' } },
  };
}

function toSpec(metadata: InferenceSession.ValueMetadata): ValueSpec {
  return { name: metadata.name, dataType: metadata.isTensor ? (DATA_TYPES.get(metadata.type) ?? null) : null };
}

function toOrtTensor(ort: Ort, name: string, value: TensorValue): Tensor {
  const type = ORT_TYPES[value.dataType];
  if (type === undefined) {
    throw new NibbleError('runtime', `Input "${name}" has the type ${value.dataType}, which onnxruntime's JavaScript interface cannot take.`, { tensor: name });
  }
  return new ort.Tensor(type, value.data, value.dims);
}

function fromOrtTensor(tensor: Tensor): TensorValue {
  const dataType = DATA_TYPES.get(tensor.type) ?? 'undefined';
  return { dataType, dims: tensor.dims, data: toTensorData(dataType, tensor.data) };
}

/** Newer JavaScript engines give float16 as numbers (Float16Array); the codes behind them are what travels here. */
function toTensorData(dataType: DataType, data: unknown): TensorData {
  if (dataType === 'float16' && ArrayBuffer.isView(data) && !(data instanceof Uint16Array)) {
    return new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
  }
  return data as TensorData;
}

async function attempt<T>(what: string, subject: { file: string }, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw new NibbleError('runtime', `${what}: ${reasonOf(error)}`, subject, { cause: error });
  }
}

/** The one line of onnxruntime's message that says what is wrong, without source positions and status prefixes. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = text.split('\n').find((candidate) => candidate.trim() !== '')?.trim() ?? 'no reason given';
  const plain = line.replace(/^(Load model from .*? failed:\s*)?(\[ONNXRuntimeError\]\s*:\s*\d+\s*:\s*\w+\s*:\s*)?/, '').replace(/\S*\/onnxruntime\/core\/\S+:\d+\s+/g, '');
  const short = plain.length > MAX_REASON_LENGTH ? `${plain.slice(0, MAX_REASON_LENGTH)}…` : plain;
  return /[.!?…]$/.test(short) ? short : `${short}.`;
}
