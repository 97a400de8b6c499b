import type { FileSummary } from '../engine/api';
import type { HoverText } from '../extension/editorApi';
import type { Layer } from '../graph/layer';
import type { AssessedActivations, AssessmentTotals, FormatOption, LayerAssessment, LayerKernel, OutputError, QuantizedLayer, QuantizeResult } from '../jobs/records';
import { schemeKey } from '../quant/scheme';
import { isAsPredicted } from './kernels';
import { formatBytes, formatCount, formatDb, formatExact, formatRatio, formatSmall } from './numbers';
import { plural } from './plural';
import { formatScheme, formatShape } from './scheme';
import { formatNumbers, storedLines } from './stored';
import { inEnglish, type Translate } from './translate';

/** A hover is read in passing: more formats than this are in the layer's own panel. */
export const MAX_FORMATS_IN_HOVER = 8;

export interface LayerHoverInput {
  readonly layer: Layer;
  /** Null while the model is being opened. */
  readonly assessment: LayerAssessment | null;
  /** What the other formats would give; empty when that is not known yet. */
  readonly formats: readonly FormatOption[];
  /** The layer in the file that was last written from this plan, when there is one. */
  readonly written: QuantizedLayer | null;
  /** What computes the layer in that file; null: not known, or its activations were left alone. */
  readonly kernel?: LayerKernel | null;
}

type Line = readonly [string, string];

/** The tooltip of a layer: the same in the tree, in the table and its charts, and in the plan file. */
export function layerHover({ layer, assessment, formats, written, kernel = null }: LayerHoverInput, t: Translate = inEnglish): HoverText {
  const lines: Line[] = [[t('Operator'), operatorLine(layer)]];
  if (layer.logical) lines.push(...storedLines(layer.logical, t));
  if (assessment) lines.push(...assessmentLines(layer, assessment, t));
  if (assessment?.activations) lines.push(...activationLines(assessment.activations, t));
  if (kernel) lines.push([t('Kernel in the written file'), isAsPredicted(kernel) ? kernel.kernel : t('{0}; {1} was expected', kernel.kernel, kernel.predicted)]);
  if (written && written.weights.length > 0) lines.push(writtenLine(written, t));
  lines.push(...otherFormats(formats, assessment, t));
  if (layer.unresolved) lines.push([t('Not known'), layer.unresolved.reason]);
  if (layer.unfolded !== undefined) lines.push([t('A row of its own'), layer.unfolded]);
  if (layer.untaken) lines.push([t('Not counted'), t('only one branch of an If runs, and totals take the other one')]);
  return { title: layer.name, lines, provenance: layerProvenance(layer, assessment, written !== null, t) };
}

export interface ModelHoverInput {
  readonly fileName: string;
  readonly summary: FileSummary;
  /** What the plan beside the file means; null without a plan or while it is being worked out. */
  readonly totals: AssessmentTotals | null;
  /** The last quantization of this model in this window. */
  readonly result: QuantizeResult | null;
}

/** The tooltip of a model file in the explorer and in lists of models. */
export function modelHover({ fileName, summary, totals, result }: ModelHoverInput, t: Translate = inEnglish): HoverText {
  const unknown = summary.unresolved > 0 ? ` (${plural(summary.unresolved, t('1 layer not counted'), t('{0} layers not counted', summary.unresolved))})` : '';
  const lines: Line[] = [
    [t('File'), formatBytes(summary.fileBytes)],
    [t('Parameters'), formatCount(summary.parameters)],
    [t('MACs'), formatCount(summary.macs) + unknown],
  ];
  if (totals) {
    lines.push([t('Weights by the plan'), beforeAfter(totals.bytesBefore, totals.bytesAfter)]);
    lines.push([t('Weight error'), errorOrPending(totals.sqnrDb, totals.pending > 0, t)]);
  }
  if (result) {
    lines.push([t('Written file'), beforeAfter(result.bytes.before, result.bytes.after)]);
    lines.push(...result.outputs.map((output): Line => [t('Output {0}', output.name), outputError(output, t)]));
  }
  const measured = result && result.outputs.length > 0 ? ` ${t('Output errors are measured by running both models.')}` : '';
  return { title: fileName, lines, provenance: t('Sizes, counts and weight errors are computed from the file.') + measured };
}

/** One sentence part about how far an output moved: "38.2 dB, top-1 equal in 99.0 % (200 random inputs)". */
export function outputError(output: OutputError, t: Translate = inEnglish): string {
  const source = output.source === 'samples' ? plural(output.samples, t('1 sample'), t('{0} samples', output.samples)) : plural(output.samples, t('1 random input'), t('{0} random inputs', output.samples));
  const top = output.sameTop1 === null ? '' : `, ${t('top-1 equal in {0} %', (output.sameTop1 * 100).toFixed(1))}`;
  return `${formatDb(output.sqnrDb)}${top} (${source})`;
}

function operatorLine(layer: Layer): string {
  const [shape] = layer.outputShapes;
  return shape === undefined || shape === null ? layer.op : `${layer.op} → ${formatShape(shape)}`;
}

function assessmentLines({ logical }: Layer, assessment: LayerAssessment, t: Translate): readonly Line[] {
  const size: Line = [t('Size'), beforeAfter(assessment.bytesBefore, assessment.bytesAfter)];
  const note: readonly Line[] = assessment.reason === '' ? [] : [[t('Note'), assessment.reason]];
  switch (assessment.state) {
    case 'none':
      return [[t('Format'), t('no weights to quantize')]];
    case 'float':
      return [[t('Format'), logical?.weights ? t('{0} (as stored)', formatNumbers(logical.weights)) : t('float (kept by the plan)')], size, ...note];
    case 'skipped':
      return [[t('Format'), t('{0} instead of {1}', logical?.weights ? formatNumbers(logical.weights) : 'float', formatScheme(assessment.scheme))], [t('Reason'), assessment.reason], size];
    case 'pending':
    case 'computed':
      return [
        [t('Format'), formatScheme(assessment.scheme)],
        [t('Weight error'), errorOrPending(assessment.sqnrDb, assessment.state === 'pending', t)],
        [t('Largest error'), assessment.state === 'pending' ? t('being computed') : formatSmall(assessment.maxError)],
        size,
        ...note,
      ];
  }
}

function activationLines({ format, why, kernel }: AssessedActivations, t: Translate): readonly Line[] {
  return [[t('Activations'), format ?? t('float: {0}', why)], [t('Kernel, by the target’s rules'), kernel]];
}

function writtenLine(written: QuantizedLayer, t: Translate): Line {
  const before = written.weights.reduce((sum, { bytes }) => sum + bytes.before, 0);
  const after = written.weights.reduce((sum, { bytes }) => sum + bytes.after, 0);
  return [t('In the written file'), beforeAfter(before, after)];
}

function otherFormats(formats: readonly FormatOption[], assessment: LayerAssessment | null, t: Translate): readonly Line[] {
  const chosen = assessment ? schemeKey(assessment.scheme) : '';
  const others = formats.filter((option) => option.refusal === '' && option.scheme.kind !== 'float' && schemeKey(option.scheme) !== chosen);
  return others.slice(0, MAX_FORMATS_IN_HOVER).map((option) => [
    t('As {0}', formatScheme(option.scheme)),
    `${errorOrPending(option.sqnrDb, option.maxError === null, t)} · ${formatBytes(option.bytes)}`,
  ]);
}

function layerProvenance(layer: Layer, assessment: LayerAssessment | null, written: boolean, t: Translate): string {
  if (layer.weights.length === 0) return t('Computed from the shapes in the file.');
  const elements = layer.weights.reduce((sum, weight) => sum + weight.elements, 0);
  const parts = assessment?.state === 'computed' ? [plural(elements, t('Errors are computed over the one weight, not estimated.'), t('Errors are computed over all {0} weights, not estimated.', formatExact(elements)))] : [];
  parts.push(written ? t('Sizes are computed; those of the written file were read back from it.') : t('Sizes are computed from shapes and format.'));
  parts.push(t('Nothing here is measured by running the model.'));
  return parts.join(' ');
}

function errorOrPending(sqnrDb: number | null, pending: boolean, t: Translate): string {
  if (pending) return t('being computed');
  return sqnrDb === null ? t('none: all weights are zero') : formatDb(sqnrDb);
}

function beforeAfter(before: number, after: number): string {
  return before === after ? formatBytes(before) : `${formatBytes(before)} → ${formatBytes(after)} (${formatRatio(before, after)})`;
}
