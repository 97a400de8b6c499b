/**
 * The contract between the page that shows a comparison of two models and the extension host. The page only draws: every text
 * in it is worded by the host, by the same functions as on the command line.
 */
import { RequestType0 } from 'vscode-jsonrpc';
import type { ErrorData } from '../engine/api';

/** One layer of a chart. */
export interface ComparedBar {
  readonly name: string;
  readonly before: number;
  readonly after: number;
  /** null: not compared, or exact. */
  readonly sqnrDb: number | null;
}

export interface ComparedRow {
  readonly cells: readonly string[];
  /** What each cell is sorted by; null: unknown, sorted last. */
  readonly values: readonly (string | number | null)[];
}

/** Everything on the page. */
export interface ComparisonState {
  readonly strings: Readonly<Record<string, string>>;
  readonly title: string;
  readonly facts: readonly (readonly [label: string, text: string])[];
  /** What was found apart from figures, each list with its heading; empty lists are left out. */
  readonly findings: readonly { readonly title: string; readonly lines: readonly string[] }[];
  readonly columns: readonly { readonly title: string; readonly numeric: boolean }[];
  readonly rows: readonly ComparedRow[];
  /** What is not in the table, as a sentence; '' when everything is. */
  readonly leftOut: string;
  /** Layers with weights, in the order of the model. */
  readonly bars: readonly ComparedBar[];
}

export const ready = new RequestType0<ComparisonState, ErrorData>('comparison');
