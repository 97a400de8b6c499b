import type { SharedConflict } from '../plan/resolve';
import { formatScheme } from './scheme';

/** Names that are told one by one; a tied table can serve hundreds of layers. */
const MAX_NAMES = 4;

/** `"wte" is shared by embed and head, which ask for different formats; the most precise one, int8 · channel, is used` */
export function formatConflict({ tensor, layers, chosen }: Pick<SharedConflict, 'tensor' | 'layers' | 'chosen'>): string {
  const named = layers.length > MAX_NAMES ? [...layers.slice(0, MAX_NAMES - 1), `${layers.length - MAX_NAMES + 1} more`] : layers;
  return `"${tensor}" is shared by ${named.slice(0, -1).join(', ')} and ${named.at(-1)!}, which ask for different formats; the most precise one, ${formatScheme(chosen)}, is used`;
}
