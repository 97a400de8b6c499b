/** A dash for figures that are not known; its reason is said elsewhere. */
export const UNKNOWN = '–';

const GROUPS = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** Every digit, in groups of three: 11,689,512. */
export function formatExact(value: number): string {
  return GROUPS.format(value);
}

/** Three significant digits and a power of a thousand: 512, 25.6 k, 11.7 M, 1.81 G. Null: unknown. */
export function formatCount(value: number | null): string {
  if (value === null) return UNKNOWN;
  const { digits, step } = scaled(value);
  return step === 0 ? digits : `${digits} ${COUNT_UNITS[step]!}`;
}

/** Decimal units, as file managers and download pages use them: 46.8 MB is 46,800,000 bytes. Null: unknown. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return UNKNOWN;
  const { digits, step } = scaled(bytes);
  return `${digits} ${BYTE_UNITS[step]!}`;
}

/** For badges and narrow columns: 46.8M, 512B. */
export function formatBytesNarrow(bytes: number | null): string {
  if (bytes === null) return UNKNOWN;
  const { digits, step } = scaled(bytes);
  return `${digits}${step === 0 ? 'B' : COUNT_UNITS[step]!.toUpperCase()}`;
}

/** 46.8 MB (46,827,520 bytes) */
export function formatBytesFull(bytes: number): string {
  return bytes < 1000 ? `${bytes} bytes` : `${formatBytes(bytes)} (${formatExact(bytes)} bytes)`;
}

/**
 * A ratio of signal to noise: 41.9 dB. `Infinity` reads "exact". Null reads "unknown"; a view that knows why (nothing but
 * zeros, still being computed) says that instead.
 */
export function formatDb(decibels: number | null): string {
  if (decibels === null) return UNKNOWN;
  if (decibels === Infinity) return 'exact';
  return `${withoutNegativeZero(decibels.toFixed(1))} dB`;
}

/** Three significant digits, with an exponent where that is shorter: 0.00123, 1.2e-7. Null: unknown. */
export function formatSmall(value: number | null): string {
  if (value === null) return UNKNOWN;
  if (value === 0) return '0';
  const size = Math.abs(value);
  return size >= 1e-4 && size < 1e6 ? String(Number(value.toPrecision(3))) : value.toExponential(2).replace(/\.?0+e/, 'e').replace('e+', 'e');
}

/** A share of a whole: 25.4 %. */
export function formatPercent(share: number): string {
  return `${withoutNegativeZero((share * 100).toFixed(1))} %`;
}

/** How many times smaller: 3.97×. */
export function formatRatio(before: number, after: number): string {
  if (after === 0) return before === 0 ? '1×' : UNKNOWN;
  return `${Number((before / after).toPrecision(3))}×`;
}

/** How often something is repeated: × 12. */
export function formatTimes(count: number): string {
  return `× ${formatExact(count)}`;
}

const COUNT_UNITS = ['', 'k', 'M', 'G', 'T', 'P', 'E'] as const;
const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'] as const;

/** Three significant digits of `value / 1000 ** step`, with the step that leaves less than a thousand. */
function scaled(value: number): { readonly digits: string; readonly step: number } {
  let step = 0;
  let rest = value;
  // 999.5 would be rounded to 1000 with three digits: it belongs to the next unit.
  while (Math.abs(rest) >= (step === 0 ? 1000 : 999.5) && step < COUNT_UNITS.length - 1) {
    rest /= 1000;
    step += 1;
  }
  if (step === 0) return { digits: String(Number.isInteger(rest) ? rest : Number(rest.toPrecision(3))), step };
  return { digits: Math.abs(rest) >= 999.5 ? rest.toFixed(0) : rest.toPrecision(3), step };
}

function withoutNegativeZero(text: string): string {
  return /^-0\.?0*$/.test(text) ? text.slice(1) : text;
}
