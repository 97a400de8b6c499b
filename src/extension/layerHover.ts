import { l10n } from 'vscode';
import { layerHover as format } from '../format/hover';
import { formatBytes, formatDb } from '../format/numbers';
import type { FormatOption } from '../jobs/records';
import type { HoverText } from './editorApi';
import type { ModelSession } from './modelSession';

/** A hover that waits longer than this for the other formats is shown without them: figures must not hang. */
const FORMATS_WAIT_MS = 1_500;

/** The tooltip of one layer under the session's plan. Rejects when there is no such layer. */
export async function layerHover(session: ModelSession, index: number): Promise<HoverText> {
  const layer = session.loaded?.layers[index];
  if (!layer) throw session.failure ?? new RangeError(`There is no layer ${index}.`);
  const formats = layer.weights.length === 0 ? [] : await soon(session.formats(index), FORMATS_WAIT_MS);
  const written = session.result?.layers.find(({ name }) => name === layer.name) ?? null;
  return format({ layer, assessment: session.assessmentOf(index) ?? null, formats, written }, l10n.t);
}

/** The tooltip of a glob: what the layers that it matches come to together. */
export function layersHover(session: ModelSession, title: string, layers: readonly number[]): HoverText {
  const assessed = layers.flatMap((layer) => session.assessmentOf(layer) ?? []);
  const withWeights = assessed.filter(({ state }) => state !== 'none');
  const errors = withWeights.flatMap(({ sqnrDb }) => sqnrDb ?? []);
  const before = assessed.reduce((sum, { bytesBefore }) => sum + bytesBefore, 0);
  const after = assessed.reduce((sum, { bytesAfter }) => sum + bytesAfter, 0);
  return {
    title,
    lines: [
      [l10n.t('Layers'), l10n.t('{0}, of which {1} have weights', layers.length, withWeights.length)],
      [l10n.t('Size'), `${formatBytes(before)} → ${formatBytes(after)}`],
      ...(errors.length > 0 ? [[l10n.t('Weight error'), l10n.t('{0} at worst', formatDb(Math.min(...errors)))] as const] : []),
    ],
    provenance: l10n.t('Sizes and weight errors are computed from the file.'),
  };
}

async function soon(formats: Promise<readonly FormatOption[]>, milliseconds: number): Promise<readonly FormatOption[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly FormatOption[]>((resolve) => {
    timer = setTimeout(() => { resolve([]); }, milliseconds);
  });
  try {
    return await Promise.race([formats, late]);
  } finally {
    clearTimeout(timer);
  }
}
