import { formatBytes, formatPercent } from '../../format/numbers';
import type { Rule } from '../rule';

/** The quantized file is no smaller than the float model. */
export const largerThanOriginal: Rule = {
  id: 'larger-than-original',
  title: 'Not smaller than the float model',
  severity: 'warning',
  needs: 'original',
  help: 'Quantizing that leaves the float weights in the file beside their codes, stores shared weights once for each layer, or adds many Q and DQ nodes to a small model makes a file larger. Sizes include external data.',
  *check({ bytes, original }) {
    if (original === null || bytes < original.bytes) return;
    yield {
      severity: 'warning',
      node: null,
      tensor: null,
      reason: `The model takes ${formatBytes(bytes)}, the float model ${original.file} ${formatBytes(original.bytes)}${original.bytes > 0 ? ` (${formatPercent(bytes / original.bytes)})` : ''}.`,
      consequence: 'Quantizing has not made it smaller.',
      remedy: 'Look for float weights that were left beside their codes and for weights that are stored twice.',
    };
  },
};
