// @ts-check
// How scripts tell what they do: one line a step, with its time.

const colours = process.stdout.isTTY && !process.env['NO_COLOR'];
/** @param {number} code @param {string} text */
const paint = (code, text) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);

/** @param {string} text */
export const bold = (text) => paint(1, text);
/** @param {string} text */
export const faint = (text) => paint(2, text);

/** Seconds since a `Date.now()`, for a person. @param {number} started */
export function since(started) {
  return `${((Date.now() - started) / 1000).toFixed(1)} s`;
}

/**
 * Runs one step and says how long it took.
 * @template T
 * @param {string} name @param {() => Promise<T> | T} work
 * @returns {Promise<T>}
 */
export async function step(name, work) {
  const started = Date.now();
  const result = await work();
  console.log(`${paint(32, '✓')} ${name} ${faint(since(started))}`);
  return result;
}
