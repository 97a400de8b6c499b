/** Longer labels under an axis would leave room for one bar. */
export const MAX_AXIS_NAME = 20;

/** A name in at most `max` characters: its end says more than its beginning, so whole scopes go first. */
export function shortName(name: string, max: number): string {
  if (name.length <= max) return name;
  const cut = name.indexOf('/', name.length - max + 1);
  return cut >= 0 && cut < name.length - 1 ? `…${name.slice(cut)}` : `…${name.slice(1 - max)}`;
}
