/**
 * Globs over layer names. Only `*` (any characters but '/'), `**` (any characters; as a whole path segment also none) and
 * `?` (one character but '/') are special, and a backslash takes the meaning from the next character: names are full of
 * brackets, parentheses, braces, dots and exclamation marks, so those stand for themselves.
 *
 * Matching simulates a nondeterministic automaton, so its time is at most the product of both lengths. A pattern that is
 * translated to a backtracking regular expression can take a minute on a name of 120 characters, and patterns come from
 * files that anyone may have written.
 */

const SLASH = '/';

/**
 * One step of the automaton. `any` is `**` beside other characters; `folders` is `**` before a slash (nothing, or anything
 * that ends with a slash); `below` is a final slash and `**` (nothing, or a slash and anything), always followed by `any`.
 */
type Step = { readonly kind: 'literal'; readonly character: string } | { readonly kind: 'one' | 'star' | 'any' | 'folders' | 'below' };

export interface Glob {
  /** Characters with which every match starts. */
  readonly prefix: string;
  matches(text: string): boolean;
}

/** True when the pattern can match anything but its own text. */
export function hasWildcard(pattern: string): boolean {
  return stepsOf(pattern).some(({ kind }) => kind !== 'literal');
}

/** A pattern that matches exactly this text. */
export function escapeGlob(text: string): string {
  return text.replace(/[*?\\]/g, '\\$&');
}

export function compileGlob(pattern: string): Glob {
  const steps = stepsOf(pattern);
  let prefix = '';
  let literals = 0;
  for (const step of steps) {
    if (step.kind !== 'literal') break;
    prefix += step.character;
    literals += 1;
  }
  const run = automaton(steps, literals);
  return { prefix, matches: (text) => text.startsWith(prefix) && run(text.slice(prefix.length)) };
}

function stepsOf(pattern: string): readonly Step[] {
  const characters = Array.from(pattern);
  const steps: Step[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at]!;
    if (character === '\\' && at + 1 < characters.length) {
      at += 1;
      steps.push({ kind: 'literal', character: characters[at]! });
    } else if (character === '?') {
      steps.push({ kind: 'one' });
    } else if (character !== '*') {
      steps.push({ kind: 'literal', character });
    } else if (characters[at + 1] !== '*') {
      steps.push({ kind: 'star' });
    } else {
      while (characters[at + 1] === '*') at += 1;
      at += pushDouble(steps, characters[at + 1]);
    }
  }
  return steps;
}

/** Adds the steps of a `**` that `next` follows; returns how many characters after it they include. */
function pushDouble(steps: Step[], next: string | undefined): number {
  const before = steps.at(-1);
  const afterSlash = before?.kind === 'literal' && before.character === SLASH;
  const opensSegment = before === undefined || before.kind === 'folders' || afterSlash;
  if (opensSegment && next === SLASH) {
    steps.push({ kind: 'folders' });
    return 1;
  }
  if (afterSlash && next === undefined) steps.splice(-1, 1, { kind: 'below' });
  steps.push({ kind: 'any' });
  return 0;
}

/** Returns a function that runs `steps` from step `start` over a text and says whether all of it is matched. */
function automaton(steps: readonly Step[], start: number): (text: string) => boolean {
  let current: number[] = [];
  let next: number[] = [];
  /** The round in which a state was last entered, so that no state is listed twice. */
  const entered = new Int32Array(steps.length + 1);
  let round = 0;

  const add = (state: number): void => {
    if (entered[state] === round) return;
    entered[state] = round;
    next.push(state);
  };
  /** Adds a state and every state that is reached from it without a character. */
  const enter = (state: number): void => {
    for (let reached = state; ; ) {
      add(reached);
      const kind = steps[reached]?.kind;
      if (kind === 'star' || kind === 'any' || kind === 'folders') reached += 1;
      else if (kind === 'below') reached += 2;
      else return;
    }
  };
  const advance = (state: number, character: string): void => {
    const step = steps[state];
    switch (step?.kind) {
      case undefined:
        return;
      case 'literal':
        if (step.character === character) enter(state + 1);
        return;
      case 'one':
        if (character !== SLASH) enter(state + 1);
        return;
      case 'star':
        if (character !== SLASH) enter(state);
        return;
      case 'any':
        enter(state);
        return;
      case 'folders':
        add(state);
        if (character === SLASH) enter(state + 1);
        return;
      case 'below':
        if (character === SLASH) enter(state + 1);
        return;
    }
  };

  return (text) => {
    entered.fill(0);
    next = [];
    round = 1;
    enter(start);
    for (const character of text) {
      [current, next] = [next, current];
      next.length = 0;
      round += 1;
      for (const state of current) advance(state, character);
      if (next.length === 0) return false;
    }
    return entered[steps.length] === round;
  };
}
