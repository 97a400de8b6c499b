import type { Call } from '../call';
import type { Dim } from '../dim';
import type { ShapeRule, ShapeRules } from './rule';

/** Extents of a recurrent operator. */
export interface Recurrence {
  readonly steps: Dim;
  readonly batch: Dim;
  readonly inputSize: Dim;
  readonly hiddenSize: Dim;
  readonly directions: number;
}

/** Reads X [T, N, I] (layout 0) or [N, T, I] (layout 1) and R [directions, gates × H, H]. */
export function readRecurrence(call: Call): Recurrence | null {
  const x = call.shape(0);
  if (x === null) return null;
  const [first, second, inputSize] = x;
  if (first === undefined || second === undefined || inputSize === undefined) return call.fail('its input does not have three dimensions');
  const hiddenSize = call.attribute('hidden_size') === undefined ? call.shape(2)?.at(-1) : call.int('hidden_size', 0);
  if (hiddenSize === undefined) return null;
  const batchFirst = call.int('layout', 0) === 1;
  return {
    steps: batchFirst ? second : first,
    batch: batchFirst ? first : second,
    inputSize,
    hiddenSize,
    directions: call.text('direction', 'forward') === 'bidirectional' ? 2 : 1,
  };
}

/** Y [T, D, N, H], Y_h and Y_c [D, N, H]; with layout 1 the batch comes first. */
const recurrent: ShapeRule = (call) => {
  const recurrence = readRecurrence(call);
  if (recurrence === null) return null;
  const { steps, batch, hiddenSize, directions } = recurrence;
  const batchFirst = call.int('layout', 0) === 1;
  const last = batchFirst ? [batch, directions, hiddenSize] : [directions, batch, hiddenSize];
  return [batchFirst ? [batch, steps, directions, hiddenSize] : [steps, directions, batch, hiddenSize], last, last];
};

export const recurrentShapes: ShapeRules = { LSTM: recurrent, GRU: recurrent, RNN: recurrent, DynamicQuantizeLSTM: recurrent };
