/** The labels of an Einsum's equation. Those that an ellipsis stands for are '0', '1', … counted from its last axis. */
export interface EquationLabels {
  /** Labels of each operand's axes. */
  readonly operands: readonly (readonly string[])[];
  readonly output: readonly string[];
}

/** Reads an equation for operands of the given ranks; what is wrong with it, as a sentence part, where they do not fit. */
export function parseEquation(equation: string, ranks: readonly number[]): EquationLabels | string {
  const [left, right] = equation.replaceAll(' ', '').split('->');
  const terms = (left ?? '').split(',');
  if (terms.length !== ranks.length) return 'its equation does not have a term for every input';
  const operands: (readonly string[])[] = [];
  for (const [index, term] of terms.entries()) {
    const labels = expandEllipsis(term, ranks[index]!);
    if (labels === null || labels.length !== ranks[index]) return `its equation does not fit the rank of input ${String(index)}`;
    operands.push(labels);
  }
  const all = operands.flat();
  const ellipsis = [...new Set(all.filter(isHidden))].sort((a, b) => Number(b) - Number(a));
  const output = right === undefined ? [...ellipsis, ...labelsUsedOnce(all)] : right.split('...').flatMap((part, index) => (index === 0 ? lettersOf(part) : [...ellipsis, ...lettersOf(part)]));
  const known = new Set(all);
  return output.every((label) => known.has(label)) ? { operands, output } : 'its output names an axis that no input has';
}

function expandEllipsis(term: string, rank: number): readonly string[] | null {
  const parts = term.split('...');
  if (parts.length === 1) return lettersOf(term);
  const hidden = rank - term.length + 3;
  if (parts.length > 2 || hidden < 0) return null;
  return [...lettersOf(parts[0]!), ...Array.from({ length: hidden }, (_, index) => String(hidden - 1 - index)), ...lettersOf(parts[1]!)];
}

/** Labels are single ASCII letters. */
function lettersOf(term: string): string[] {
  return term.split('');
}

function isHidden(label: string): boolean {
  return /^\d+$/.test(label);
}

function labelsUsedOnce(all: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const label of all) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].filter(([label, count]) => count === 1 && !isHidden(label)).map(([label]) => label).sort();
}
