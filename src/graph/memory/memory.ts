import type { Buffer, BufferTrace } from './buffer';
import type { WalkedProgram } from './buffers';
import { traceBuffers } from './buffers';
import type { LiveTensor, MemoryProfile, MemoryUse } from './memoryProfile';

/** Most tensors that are named at the peak: branches of real models keep some tens alive. */
export const MAX_PEAK_TENSORS = 64;

/** A piece of memory for some time. */
type Span = Pick<Buffer, 'bytes' | 'from' | 'to'>;

/** The most bytes of activations alive at once; see `buffers.ts` for the rules. Values of unknown size count as nothing. */
export function peakBytes(walked: WalkedProgram): number {
  const { buffers, rows } = traceBuffers(walked, 'peak');
  return useOf(buffers, rows).peak;
}

/** How the memory of activations grows and shrinks. */
export function memoryProfile(walked: WalkedProgram): MemoryProfile {
  const trace = traceBuffers(walked, 'profile');
  const { buffers, rows, largestStep, unknown } = trace;
  const separate = useOf(buffers, rows);
  return {
    inputBytes: buffers.reduce((sum, { madeAt, bytes }) => (madeAt === null ? sum + bytes : sum), 0),
    separate: withoutStep(separate),
    inPlace: withoutStep(useOf(overwritten(trace), rows)),
    eightBit: withoutStep(useOf(buffers.map(({ eightBitBytes, from, to }) => ({ bytes: eightBitBytes, from, to })), rows)),
    lowerBound: largestStep.bytes,
    lowerBoundLayer: rows[largestStep.at] ?? 0,
    peakTensors: aliveAt(buffers, separate.peakStep, rows),
    unknown,
  };
}

/** A use with the operator at whose peak it is. */
interface UseWithStep extends MemoryUse {
  readonly peakStep: number;
}

/** Adds up what is alive operator by operator. `rows`: the layer of each operator; a layer with several takes the most that any of them sees. */
function useOf(spans: readonly Span[], rows: readonly number[]): UseWithStep {
  const change = new Float64Array(rows.length + 1);
  let sum = 0;
  for (const { bytes, from, to } of spans) {
    sum += bytes;
    // Handed over by a body that nothing follows: its own memory has been counted.
    if (from > to) continue;
    change[from]! += bytes;
    change[to + 1]! -= bytes;
  }
  const timeline: number[] = [];
  let alive = 0;
  let [peak, peakStep] = [0, 0];
  for (const [at, row] of rows.entries()) {
    alive += change[at]!;
    timeline[row] = Math.max(timeline[row] ?? 0, alive);
    if (alive > peak) [peak, peakStep] = [alive, at];
  }
  return { sum, peak, peakLayer: rows[peakStep] ?? 0, peakStep, timeline };
}

function withoutStep({ sum, peak, peakLayer, timeline }: MemoryUse): MemoryUse {
  return { sum, peak, peakLayer, timeline };
}

/** The memory that remains when elementwise operators, in the order in which they run, write over an input of equal size that is not needed any more. */
function overwritten({ buffers, chances }: BufferTrace): readonly Span[] {
  const homes = new Map<Buffer, Buffer>();
  const homeOf = (buffer: Buffer): Buffer => homes.get(buffer) ?? buffer;
  const ends = new Map<Buffer, { to: number; kept: boolean }>();
  const endOf = (home: Buffer): { to: number; kept: boolean } => ends.get(home) ?? home;
  for (const { at, output, inputs } of chances) {
    const input = inputs.map(homeOf).find((home) => home.bytes === output.bytes && endOf(home).to === at && !endOf(home).kept);
    if (input === undefined) continue;
    homes.set(output, input);
    ends.set(input, { to: output.to, kept: output.kept });
  }
  return buffers.filter((buffer) => !homes.has(buffer)).map((buffer) => ({ bytes: buffer.bytes, from: buffer.from, to: endOf(buffer).to }));
}

function aliveAt(buffers: readonly Buffer[], at: number, rows: readonly number[]): readonly LiveTensor[] {
  const alive = buffers.filter(({ from, to, bytes }) => from <= at && to >= at && bytes > 0).sort((a, b) => b.bytes - a.bytes);
  const rowAt = (step: number): number => rows[step] ?? 0;
  return alive.slice(0, MAX_PEAK_TENSORS).map(({ name, bytes, madeAt, from, to }) => ({ name, bytes, layer: madeAt === null ? null : rowAt(madeAt), from: rowAt(from), to: Math.max(rowAt(from), rowAt(to)) }));
}
