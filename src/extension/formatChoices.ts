import type { FormatOption } from '../jobs/records';
import { schemeKey } from '../quant/scheme';
import type { ModelSession } from './modelSession';

/** A format for several layers at once: sizes added up, the lowest of the errors. */
export type FormatChoice = FormatOption;

/** Layers whose formats are asked for one by one; of a larger selection these stand for the rest. */
export const MAX_LAYERS_MEASURED = 200;

/** Every format that these layers could have. One that some layer refuses is refused, with that layer's reason. */
export async function formatChoices(session: ModelSession, layers: readonly number[]): Promise<readonly FormatChoice[]> {
  const lists = await Promise.all(layers.slice(0, MAX_LAYERS_MEASURED).map((layer) => session.formats(layer)));
  const [first, ...rest] = lists;
  if (!first) return [];
  return first.flatMap((option) => {
    const key = schemeKey(option.scheme);
    const others = rest.map((list) => list.find((candidate) => schemeKey(candidate.scheme) === key));
    return others.every((other) => other !== undefined) ? [others.reduce<FormatChoice>((sum, other) => combine(sum, other), option)] : [];
  });
}

function combine(a: FormatOption, b: FormatOption): FormatOption {
  return {
    scheme: a.scheme,
    chosen: a.chosen && b.chosen,
    sqnrDb: a.sqnrDb === null || b.sqnrDb === null ? null : Math.min(a.sqnrDb, b.sqnrDb),
    maxError: a.maxError === null || b.maxError === null ? null : Math.max(a.maxError, b.maxError),
    bytes: a.bytes + b.bytes,
    kernel: a.kernel === b.kernel ? a.kernel : `${a.kernel} / ${b.kernel}`,
    refusal: a.refusal !== '' ? a.refusal : b.refusal,
  };
}
