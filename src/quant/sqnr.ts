/**
 * Signal-to-quantization-noise ratio in dB, 10·log10(Σx² / Σ(x−x̂)²): higher is better, 6.02 dB for each bit.
 * Infinity when there is no noise; null when there is no signal to compare with.
 */
export function sqnrDb(signal: number, noise: number): number | null {
  return signal === 0 ? null : 10 * Math.log10(signal / noise);
}
