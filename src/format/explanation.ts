import type { HoverText } from '../extension/editorApi';
import type { ExplainedFactor, ExplainedTerm, Explanation, Figure, TermNote } from '../graph/explanation';
import { countingText } from './conventions';
import { formatBytes, formatBytesFull, formatCount, formatExact, formatSmall, UNKNOWN } from './numbers';
import { plural } from './plural';
import { inEnglish, type Translate } from './translate';

/** A sum is read in passing: of more parts than this the largest are shown, and how many others there are. */
export const MAX_TERMS_SHOWN = 12;

/** Where a figure comes from: value, formula with the numbers put in, and convention. The same in hovers and on the command line. */
export function explanationHover(explanation: Explanation, t: Translate = inEnglish): HoverText {
  const { figure, name, value, unresolved, counting, terms } = explanation;
  const lines: (readonly [string, string])[] = [[figureName(figure, t), figureValue(figure, value)]];
  const shown = terms.length > MAX_TERMS_SHOWN ? [...terms].sort((a, b) => Number(b.value) - Number(a.value)).slice(0, MAX_TERMS_SHOWN) : terms;
  for (const term of shown) lines.push([termLabel(term, t), termText(explanation, term, t)]);
  if (terms.length > shown.length) lines.push([t('And'), t('{0} more', terms.length - shown.length)]);
  if (unresolved) lines.push([t('Not known'), unresolved.reason]);
  if (figure === 'flops' || figure === 'intensity') lines.push([t('Convention'), countingText(counting, t)]);
  return { title: name, lines, provenance: provenance(explanation, t) };
}

function figureName(figure: Figure, t: Translate): string {
  switch (figure) {
    case 'parameters':
      return t('Parameters');
    case 'weightBytes':
      return t('Weights');
    case 'macs':
      return t('MACs');
    case 'flops':
      return t('FLOPs');
    case 'activationBytes':
      return t('Activations');
    case 'movedBytes':
      return t('Bytes moved');
    case 'intensity':
      return t('FLOPs per byte moved');
  }
}

const IN_BYTES: ReadonlySet<Figure> = new Set<Figure>(['weightBytes', 'activationBytes', 'movedBytes']);

function figureValue(figure: Figure, value: number | null): string {
  if (value === null) return UNKNOWN;
  if (figure === 'intensity') return formatSmall(value);
  if (IN_BYTES.has(figure)) return formatBytesFull(value);
  return value < 1000 ? formatExact(value) : `${formatCount(value)} (${formatExact(value)})`;
}

function termLabel({ subject, role }: ExplainedTerm, t: Translate): string {
  if (subject !== '') return role === 'input' ? t('reads {0}', subject) : role === 'output' ? t('writes {0}', subject) : subject;
  switch (role) {
    case 'products':
      return t('multiply-accumulates');
    case 'operations':
      return t('other operations');
    default:
      return t('bytes moved');
  }
}

/** "802,816 output elements × 64 input channels × 9 kernel positions = 462,422,016" */
function termText({ figure }: Explanation, term: ExplainedTerm, t: Translate): string {
  const inBytes = IN_BYTES.has(figure) || term.role === 'input' || term.role === 'output';
  const amount = (value: ExplainedTerm['value']): string => (value === null ? UNKNOWN : typeof value === 'string' ? value : inBytes ? formatBytes(value) : formatExact(value));
  const note = term.note === null ? '' : ` (${noteText(term.note, t)})`;
  if (term.factors.length === 0) return amount(term.value) + note;
  if (term.role === 'operator') return `${amount(term.value)} ${plural(Number(term.factors[0]!.value), t('in 1 layer'), t('in {0} layers', String(term.factors[0]!.value)))}`;
  const [only] = term.factors;
  if (term.factors.length === 1 && only!.name === 'elements' && only!.value === term.value) return amount(term.value) + note;
  return `${term.factors.map((factor) => factorText(factor, t)).join(' × ')} = ${amount(term.value)}${note}`;
}

function noteText(note: TermNote, t: Translate): string {
  switch (note) {
    case 'scale':
      return t('a scale or zero point');
    case 'statistic':
      return t('a running statistic, not trained');
    case 'setting':
      return t('a setting of the operator');
    case 'mask':
      return t('a mask');
    case 'data':
      return t('no floats');
    case 'codes':
      return t('codes of quantized weights');
    case 'shared':
      return t('counted where it is used first');
    case 'view':
      return t('a view of its input');
    case 'inside':
      return t('counted by the operators inside');
    case 'picked':
      return t('only the part that it picks');
  }
}

function factorText({ name, value }: ExplainedFactor, t: Translate): string {
  const shown = typeof value === 'number' ? (Number.isInteger(value) ? formatExact(value) : String(value)) : value.includes('+') || value.includes('-') ? `(${value})` : value;
  const text = factorName(name, t);
  return text === '' ? shown : `${shown} ${text}`;
}

/** What stands behind a number; dimensions of constants speak for themselves. */
function factorName(name: ExplainedFactor['name'], t: Translate): string {
  switch (name) {
    case 'elements':
      return '';
    case 'bytesPerElement':
      return t('bytes');
    case 'layers':
      return t('layers');
    case 'outputElements':
      return t('output elements');
    case 'inputElements':
      return t('input elements');
    case 'channelsPerGroup':
      return t('channels');
    case 'kernelElements':
      return t('kernel positions');
    case 'sharedAxis':
      return t('values of the shared axis');
    case 'outputColumns':
      return t('output columns');
    case 'allLabels':
      return t('combinations of all axes');
    case 'steps':
      return t('steps');
    case 'batch':
      return t('in the batch');
    case 'directions':
      return t('directions');
    case 'gateValues':
      return t('values of all gates');
    case 'inputAndHidden':
      return t('inputs and hidden values');
    case 'hidden':
      return t('hidden values');
    case 'biasValues':
      return t('bias values');
    case 'heads':
      return t('heads');
    case 'queries':
      return t('queries');
    case 'keys':
      return t('keys');
    case 'headWidths':
      return t('values of a key and of a value');
    case 'hiddenWidth':
      return t('input values');
    case 'projectedWidth':
      return t('projected values');
    case 'folds':
      return t('inputs after the first');
    case 'experts':
      return t('experts');
    case 'rows':
      return t('rows');
    case 'coefficients':
      return t('coefficients');
    case 'longestPaths':
      return t('steps of the longest way through each tree');
    case 'samples':
      return t('offsets');
    case 'transformSteps':
      return t('N · log2 N');
    case 'perMac':
      return t('for each multiply-accumulate');
    case 'iterations':
      return t('iterations');
    case 'weight':
      return t('operations each');
  }
}

function provenance({ figure, layer }: Explanation, t: Translate): string {
  if (layer === null && figure !== 'intensity') return t('The sum over all layers that run; what is not known is left out.');
  switch (figure) {
    case 'parameters':
      return t('Computed from the constants that the layer is the first to use.');
    case 'weightBytes':
      return t('Computed from the stored types of the constants that the layer is the first to use.');
    case 'macs':
      return t('Computed from shapes. Biases are not counted, padding is not discounted.');
    case 'flops':
      return t('Computed from shapes, by the convention above.');
    case 'activationBytes':
      return t('Computed from the shapes and types of its outputs.');
    case 'movedBytes':
      return t('Every input and output once, as if nothing stayed in a cache.');
    case 'intensity':
      return t('Operations divided by bytes moved.');
  }
}
