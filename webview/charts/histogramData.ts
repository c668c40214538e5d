import { edgeOf, type Histogram } from '../../src/statistics/histogram.ts';
import type { ChartData } from './curves.ts';

/** Elements that were looked at, those outside of the range among them; NaN and infinite ones are none. */
export function countOf({ counts, below, above }: Histogram): number {
  return counts.reduce((sum, count) => sum + count, below + above);
}

/**
 * Of each bin, at its middle, the share of the elements; and what it would be of a Gaussian with the same mean and variance: its
 * density there times the width of the bin.
 */
export function histogramData(histogram: Histogram): ChartData {
  const { counts, low, high, mean, var: variance } = histogram;
  const total = countOf(histogram);
  const width = (high - low) / counts.length;
  const positions = Array.from(counts, (_, bin) => edgeOf(histogram, bin) + width / 2);
  const shares = Array.from(counts, (count) => (total > 0 ? count / total : NaN));
  const gaussian = positions.map(
    (x) =>
      (width * Math.exp(-((x - mean) ** 2) / (2 * variance))) / Math.sqrt(2 * Math.PI * variance),
  );
  return { positions, curves: [{ values: shares }, { values: gaussian }] };
}
