/**
 * Rounds to the nearest integer, ties to the even one (IEEE 754 roundTiesToEven), as QuantizeLinear does.
 * `Math.round` is no substitute: it sends 2.5 to 3 and −0.5 to −0.
 */
export function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const fraction = value - below;
  if (fraction < 0.5) return below;
  if (fraction > 0.5) return below + 1;
  return below % 2 === 0 ? below : below + 1;
}
