import type { Layer, ShapeDim } from '../graph/layer';

/** Any dimension. */
const ONE = '*';
/** Any number of dimensions. */
const ANY = '...';

/**
 * The test for a shape in a filter: `[1,64,56,56]`, `[*,64,*,*]` (any dimension), `[64,...]` (any number of dimensions),
 * `[batch,10]` (a symbol). Null when the text is no shape.
 * @param of 'in:', 'out:' or 'weight:'; '' for any of them.
 * @param text with its brackets, in lower case.
 */
export function shapeCondition(of: string, text: string): ((row: { readonly layer: Layer }) => boolean) | null {
  const content = text.slice(1, -1).trim();
  const places = content === '' ? [] : content.split(/[,×\s]+/);
  if (places.includes('') || places.filter((place) => place === ANY).length > 1 || places.some((place) => /[<>=]/.test(place))) return null;
  return ({ layer }) => shapesOf(layer, of).some((shape) => shape !== null && fits(shape, places));
}

function shapesOf({ inputShapes, outputShapes, weights }: Layer, of: string): readonly (readonly ShapeDim[] | null)[] {
  const stored = weights.map(({ dims }) => dims);
  switch (of) {
    case 'in:':
      return inputShapes;
    case 'out:':
      return outputShapes;
    case 'weight:':
      return stored;
    default:
      return [...inputShapes, ...outputShapes, ...stored];
  }
}

function fits(shape: readonly ShapeDim[], places: readonly string[]): boolean {
  const open = places.indexOf(ANY);
  const after = open < 0 ? 0 : places.length - open - 1;
  if (open < 0 ? shape.length !== places.length : shape.length < places.length - 1) return false;
  const same = (dim: ShapeDim, place: string): boolean => place === ONE || String(dim).toLowerCase() === place;
  const head = open < 0 ? places : places.slice(0, open);
  return head.every((place, index) => same(shape[index]!, place)) && places.slice(places.length - after).every((place, index) => same(shape[shape.length - after + index]!, place));
}
