import type { QuantizeResult } from '../jobs/records';

/** Whether the models of a result were left unrun although running them could tell something: some weight is another now. */
export function mayRunLater({ notRun, layers }: Pick<QuantizeResult, 'notRun' | 'layers'>): boolean {
  return notRun !== '' && layers.some(({ weights }) => weights.some(({ skipped }) => skipped === ''));
}
