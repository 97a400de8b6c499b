import type { GroupLayout } from './layout';
import { groupsPerUnit } from './layout';

/**
 * A contiguous part of a tensor that fits a buffer, with the shape that its values have in the layout: `outer` units of
 * `axis` rows of `inner` values, in blocks of `block` rows. Its first value belongs to group `firstGroup`.
 */
export interface Chunk {
  /** Position of the first value, in elements. */
  readonly offset: number;
  readonly elements: number;
  readonly outer: number;
  readonly axis: number;
  readonly inner: number;
  readonly block: number;
  readonly cyclic: boolean;
  readonly firstGroup: number;
  readonly groups: number;
}

/** Chunks that together hold all values of their groups; `firstGroup` is the first of `groups` groups. */
export interface Span {
  readonly chunks: readonly Chunk[];
  readonly firstGroup: number;
  readonly groups: number;
}

/** Elements of one unit. */
export function unitElements({ axis, inner }: GroupLayout): number {
  return axis * inner;
}

/** Divides the units [from, to) into chunks of at most `capacity` elements, in storage order. */
export function* chunksOf(layout: GroupLayout, from: number, to: number, capacity: number): Generator<Chunk, void> {
  const { axis, inner, block, cyclic } = layout;
  const unit = axis * inner;
  if (unit === 0) return;
  const unitGroups = groupsPerUnit(layout);
  if (unit > capacity) {
    for (let index = from; index < to; index += 1) yield* partsOfUnit(layout, index * unit, cyclic ? 0 : index * unitGroups, capacity);
    return;
  }
  const step = Math.floor(capacity / unit);
  for (let index = from; index < to; index += step) {
    const outer = Math.min(step, to - index);
    const groups = cyclic ? unitGroups : outer * unitGroups;
    yield { offset: index * unit, elements: outer * unit, outer, axis, inner, block, cyclic, firstGroup: cyclic ? 0 : index * unitGroups, groups };
  }
}

function* partsOfUnit({ axis, inner, block }: GroupLayout, offset: number, firstGroup: number, capacity: number): Generator<Chunk, void> {
  const slab = block * inner;
  // Whole blocks where one fits, else part of a block.
  const rowStep = slab <= capacity ? Math.floor(capacity / slab) * block : block;
  for (let row = 0; row < axis; row += rowStep) {
    const rows = Math.min(rowStep, axis - row);
    const start = offset + row * inner;
    const group = firstGroup + (row / block) * inner;
    if (rows * inner <= capacity) {
      yield { offset: start, elements: rows * inner, outer: 1, axis: rows, inner, block, cyclic: false, firstGroup: group, groups: Math.ceil(rows / block) * inner };
    } else {
      yield* partsOfBlock(rows, inner, start, group, capacity);
    }
  }
}

/** One block that does not fit: some of its rows, or part of one row. */
function* partsOfBlock(rows: number, inner: number, offset: number, firstGroup: number, capacity: number): Generator<Chunk, void> {
  const rowStep = Math.max(1, Math.floor(capacity / inner));
  const width = Math.min(inner, capacity);
  for (let row = 0; row < rows; row += rowStep) {
    const axis = Math.min(rowStep, rows - row);
    for (let column = 0; column < inner; column += width) {
      const groups = Math.min(width, inner - column);
      const shape = { outer: 1, axis, inner: groups, block: axis, cyclic: false };
      yield { offset: offset + row * inner + column, elements: axis * groups, ...shape, firstGroup: firstGroup + column, groups };
    }
  }
}

/** True when every chunk of the layout holds all values of its groups. */
export function fitsChunks(layout: GroupLayout, capacity: number): boolean {
  return unitElements(layout) * (layout.cyclic ? layout.outer : 1) <= capacity;
}

/** The units [from, to) as spans: a chunk each where groups do not cross chunks, else a unit each (cyclic: all units). */
export function* spansOf(layout: GroupLayout, from: number, to: number, capacity: number): Generator<Span, void> {
  if (fitsChunks(layout, capacity)) {
    for (const chunk of chunksOf(layout, from, to, capacity)) yield { chunks: [chunk], firstGroup: chunk.firstGroup, groups: chunk.groups };
  } else if (layout.cyclic) {
    yield { chunks: [...chunksOf(layout, 0, layout.outer, capacity)], firstGroup: 0, groups: layout.groups };
  } else {
    const groups = groupsPerUnit(layout);
    for (let unit = from; unit < to; unit += 1) yield { chunks: [...chunksOf(layout, unit, unit + 1, capacity)], firstGroup: unit * groups, groups };
  }
}
