import { tensorStatistics } from './definitions.ts';

/** Parts that a range is divided into, where nothing else is asked for. */
const usualBins = 64;
/** How far the range reaches from the mean at most, in standard deviations: at least 96 % of anything is inside (Chebyshev). */
const reach = 5;

/**
 * How the elements of a tensor are spread. Bin `i` of `n` counts the elements x with low + i·w ≤ x < low + (i + 1)·w, where
 * w = (high − low) / n; the last one also those that are `high`. The range is that of the finite elements, cut five standard
 * deviations from their mean on either side; what lies outside is counted by `below` and `above`.
 */
export interface Histogram {
  readonly low: number;
  readonly high: number;
  readonly counts: Float64Array;
  readonly below: number;
  readonly above: number;
  /** Number of NaN and infinite elements, which are in no bin. */
  readonly nonFinite: number;
  /** Of the finite elements, accumulated in float64; the variance is biased (1/n). NaN where there are none. */
  readonly mean: number;
  readonly var: number;
}

/** Counts in float64: an element is in the bin that its exact value belongs to, whatever its own precision. */
export function histogramOf(data: Float32Array | Float64Array, bins = usualBins): Histogram {
  const { count, mean, var: variance, min, max, nonFinite } = tensorStatistics(data);
  const counts = new Float64Array(bins);
  if (count === 0)
    return { low: 0, high: 1, counts, below: 0, above: 0, nonFinite, mean, var: NaN };
  const { low, high } = rangeOf(min, max, mean, Math.sqrt(variance));
  let [below, above] = [0, 0];
  for (const x of data) {
    if (x < low) {
      if (x !== -Infinity) below++;
    } else if (x > high) {
      if (x !== Infinity) above++;
    } else if (x === x) {
      const bin = binOf(x, low, high, bins);
      counts[bin] = counts[bin]! + 1;
    }
  }
  return { low, high, counts, below, above, nonFinite, mean, var: variance };
}

/** The lower edge of bin `index`; that of bin `counts.length` is the upper end of the range. */
export function edgeOf({ low, high, counts }: Histogram, index: number): number {
  return low + ((high - low) * index) / counts.length;
}

function rangeOf(
  min: number,
  max: number,
  mean: number,
  deviation: number,
): { readonly low: number; readonly high: number } {
  const low = Math.max(min, mean - reach * deviation);
  const high = Math.min(max, mean + reach * deviation);
  if (high > low) return { low, high };
  // All are the same: a range around the value, so that its bar has a width.
  const half = mean === 0 ? 0.5 : Math.abs(mean) / 2;
  return { low: mean - half, high: mean + half };
}

/** By the quotient, then set right by the edges themselves: the quotient may be off by a rounding error. */
function binOf(x: number, low: number, high: number, bins: number): number {
  const width = high - low;
  let bin = Math.min(bins - 1, Math.floor(((x - low) / width) * bins));
  if (bin > 0 && x < low + (width * bin) / bins) bin--;
  else if (bin < bins - 1 && x >= low + (width * (bin + 1)) / bins) bin++;
  return bin;
}
