/** The text about one thing, or the one about any other number of them. */
export function plural(count: number, one: string, other: string): string {
  return count === 1 ? one : other;
}
