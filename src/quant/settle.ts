import type { GroupRanges } from './parameters';
import type { RangeSearch } from './rangeSearch';
import { searchRanges } from './rangeSearch';
import type { IntegerScheme } from './scheme';

/** Decides the range of every group. A generator like `searchRanges`, which asks for the errors of candidates. */
export function* settleRanges(full: GroupRanges, scheme: Pick<IntegerScheme, 'bits' | 'signed' | 'symmetric' | 'range'>): RangeSearch {
  return scheme.range === 'mse' ? yield* searchRanges(full, scheme) : full;
}

type Answer<T> = (candidates: readonly GroupRanges[]) => T;

/** Runs a search whose questions are answered at once. */
export function runSearch(search: RangeSearch, answer: Answer<readonly Float64Array[]>): GroupRanges {
  let step = search.next();
  while (step.done !== true) step = search.next(answer(step.value));
  return step.value;
}

/** Runs a search whose questions are answered later, by other threads. */
export async function runSearchAsync(search: RangeSearch, answer: Answer<Promise<readonly Float64Array[]>>): Promise<GroupRanges> {
  let step = search.next();
  while (step.done !== true) step = search.next(await answer(step.value));
  return step.value;
}
