import { l10n } from 'vscode';
import { layerHover as format } from '../format/hover';
import { subtotalOf } from '../format/layerTree';
import { formatBytes, formatCount, formatDb } from '../format/numbers';
import { plural } from '../format/plural';
import type { FormatOption } from '../jobs/records';
import { layersBelow } from '../plan/cover';
import { findingText, severityText } from './auditText';
import type { HoverText } from './editorApi';
import type { ModelSession } from './modelSession';

/** A hover that waits longer than this for the other formats is shown without them: figures must not hang. */
const FORMATS_WAIT_MS = 1_500;

/** The tooltip of one layer under the session's plan. Rejects when there is no such layer. */
export async function layerHover(session: ModelSession, index: number): Promise<HoverText> {
  const layer = session.layer(index);
  if (!layer) throw session.failure ?? new RangeError(`There is no layer ${index}.`);
  const formats = layer.weights.length === 0 ? [] : await soon(session.formats(index), FORMATS_WAIT_MS);
  const written = session.result?.layers.find(({ name }) => name === layer.name) ?? null;
  const kernel = session.result?.activations?.kernels.find((each) => each.layer === layer.name) ?? null;
  const hover = format({ layer, assessment: session.assessmentOf(index) ?? null, formats, written, kernel }, l10n.t);
  return { ...hover, lines: [...session.findingsOf(layer).map((finding) => [severityText(finding.severity), findingText(finding)] as const), ...hover.lines] };
}

/** The tooltip of several layers, of a scope or of a glob: what they come to together. */
export function layersHover(session: ModelSession, title: string, indexes: readonly number[]): HoverText {
  const layers = indexes.flatMap((index) => session.layer(index) ?? []);
  const sum = subtotalOf(layers, (layer) => session.assessmentOf(layer));
  const withWeights = layers.filter(({ weights }) => weights.length > 0).length;
  const worst = sum.lowestSqnrDb === null ? undefined : layers.find(({ index }) => session.assessmentOf(index)?.sqnrDb === sum.lowestSqnrDb);
  const unknown = sum.unknownMacs === 0 ? '' : ` (${plural(sum.unknownMacs, l10n.t('1 layer not counted'), l10n.t('{0} layers not counted', sum.unknownMacs))})`;
  const activations = layers.flatMap(({ index }) => session.assessmentOf(index)?.activations ?? []);
  const onCodes = activations.filter(({ format }) => format !== null);
  return {
    title,
    lines: [
      [l10n.t('Layers'), l10n.t('{0}, of which {1} have weights', layers.length, withWeights)],
      [l10n.t('Parameters'), formatCount(sum.parameters)],
      [l10n.t('MACs'), formatCount(sum.macs) + unknown],
      [l10n.t('Size'), sum.bytesAfter === null ? formatBytes(sum.weightBytes) : `${formatBytes(sum.weightBytes)} → ${formatBytes(sum.bytesAfter)}`],
      ...(worst ? [[l10n.t('Weight error'), l10n.t('{0} at worst, in {1}', formatDb(sum.lowestSqnrDb), worst.name)] as const] : []),
      ...(activations.length > 0 ? [[l10n.t('Activations'), onCodes.length === 0 ? l10n.t('float') : l10n.t('{0} in {1} of {2} layers', onCodes[0]!.format!, onCodes.length, activations.length)] as const] : []),
    ],
    provenance: l10n.t('Sizes and weight errors are computed from the file.'),
  };
}

/** The tooltip of everything below a name scope. */
export function scopeHover(session: ModelSession, scope: readonly string[]): HoverText {
  return layersHover(session, `/${scope.join('/')}`, layersBelow(scope, session.loaded?.layers ?? []));
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
