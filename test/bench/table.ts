import type { Measurement } from './measure';

/** One line of the benchmark: what we took, what we aim for, and what others took in the same run. */
export interface BenchRow {
  readonly job: string;
  readonly ours: Measurement;
  /** Most that the job should take; null for a job that is there for comparison only. */
  readonly limit: Measurement | null;
  readonly peers: readonly { readonly name: string; readonly result: Measurement | string }[];
}

function time(milliseconds: number): string {
  if (milliseconds < 10) return `${milliseconds.toFixed(1)} ms`;
  return milliseconds < 1_000 ? `${milliseconds.toFixed(0)} ms` : `${(milliseconds / 1_000).toFixed(2)} s`;
}

function memory(bytes: number | null): string {
  if (bytes === null) return '';
  return bytes < 1e9 ? `, ${(bytes / 1e6).toFixed(0)} MB` : `, ${(bytes / 1e9).toFixed(1)} GB`;
}

function cell({ milliseconds, peakBytes }: Measurement): string {
  return time(milliseconds) + memory(peakBytes);
}

function limitCell(ours: Measurement, limit: Measurement | null): string {
  if (!limit) return '–';
  const within = ours.milliseconds <= limit.milliseconds && (ours.peakBytes ?? 0) <= (limit.peakBytes ?? Infinity);
  return `${within ? '✓' : '✗'} ${cell(limit)}`;
}

function peerCell(ours: Measurement, name: string, result: Measurement | string): string {
  if (typeof result === 'string') return `${name}: ${result}`;
  const ratio = result.milliseconds / ours.milliseconds;
  return `${name}: ${cell(result)} (${ratio.toFixed(ratio < 10 ? 1 : 0)}×)`;
}

/** The results as a Markdown table. A ratio says how many times as long the peer took. */
export function benchTable(rows: readonly BenchRow[]): string {
  const lines = rows.map(({ job, ours, limit, peers }) => {
    const others = peers.map(({ name, result }) => peerCell(ours, name, result)).join('<br>') || '–';
    return `| ${job} | ${cell(ours)} | ${limitCell(ours, limit)} | ${others} |`;
  });
  return ['| job | Nibble | aim | others, in the same run |', '|---|---|---|---|', ...lines].join('\n');
}
