/** The ways of counting operations that Nibble can reproduce; see `cost/conventions.ts`. MACs are strict in all of them. */
export type ConventionId = 'strict' | 'torchvision' | 'x2' | 'instruction-weighted';

/** How the FLOPs of an analysis were counted. Plain data; crosses processes, and stands in every JSON beside the figures. */
export interface Counting {
  readonly convention: ConventionId;
  /** Operation weights that a person has set, by name; the convention's own apply elsewhere. */
  readonly weights: Readonly<Record<string, number>>;
}

export const STRICT_COUNTING: Counting = { convention: 'strict', weights: {} };
