/** Statistics of all elements of a tensor, accumulated in float64. Variance is biased (1/n). */
export interface TensorStatistics {
  readonly count: number;
  readonly mean: number;
  readonly var: number;
  readonly min: number;
  readonly max: number;
  /** m4 / m2² (3 for a Gaussian); NaN where the variance is 0. */
  readonly kurtosis: number;
  /** Number of NaN and infinite elements; the other statistics are over the finite ones. */
  readonly nonFinite: number;
}

/** Two passes in float64 over the finite elements: right also where the mean is much larger than the spread. */
export function tensorStatistics(data: Float32Array | Float64Array | Int32Array): TensorStatistics {
  let count = 0;
  let sum = 0;
  let min = Infinity;
  let max = -Infinity;
  for (const x of data) {
    if (!Number.isFinite(x)) continue;
    count++;
    sum += x;
    if (x < min) min = x;
    if (x > max) max = x;
  }
  const nonFinite = data.length - count;
  if (count === 0) {
    return { count, mean: NaN, var: NaN, min: NaN, max: NaN, kurtosis: NaN, nonFinite };
  }
  const mean = sum / count;
  let second = 0;
  let fourth = 0;
  for (const x of data) {
    if (!Number.isFinite(x)) continue;
    const square = (x - mean) ** 2;
    second += square;
    fourth += square * square;
  }
  const variance = second / count;
  const kurtosis = variance === 0 ? NaN : fourth / count / variance ** 2;
  return { count, mean, var: variance, min, max, kurtosis, nonFinite };
}

/** How second moments of rows are stored; see `SecondMoment` in the compiler's norm rows. */
export type SecondMomentForm = 'inverseStd' | 'variance' | 'centredSquares' | 'squares';

/** Writes mean, var, mean.min, mean.max, var.min, var.max of one place of a norm to `out[at..at+5]`. */
export interface RowSummary {
  mean: number;
  var: number;
  meanMin: number;
  meanMax: number;
  varMin: number;
  varMax: number;
}

/**
 * Reduces the statistics of rows (tokens) to token averages and ranges, in float64: mean and biased variance per token over
 * its features, as the norm itself computes them (Ba, Kiros and Hinton 2016). `means` and `seconds` hold one number per row.
 * Non-finite rows make the result non-finite.
 */
export function summarizeRows(
  means: Float32Array,
  seconds: Float32Array,
  form: SecondMomentForm,
  epsilon: number,
): RowSummary {
  const rows = means.length;
  const isInverse = form === 'inverseStd';
  const isSquares = form === 'squares';
  let sumMean = 0;
  let sumVar = 0;
  let meanMin = Infinity;
  let meanMax = -Infinity;
  let varMin = Infinity;
  let varMax = -Infinity;
  // Runs for every row of every norm in every step: comparisons, which pass over a NaN, are several times faster than
  // Math.min; the sums keep the NaN.
  for (let row = 0; row < rows; row++) {
    const mean = means[row]!;
    let variance = seconds[row]!;
    if (isInverse) variance = 1 / (variance * variance) - epsilon;
    else if (isSquares) variance -= mean * mean;
    // A difference may fall a rounding error below zero for a constant row.
    if (variance < 0) variance = 0;
    sumMean += mean;
    sumVar += variance;
    if (mean < meanMin) meanMin = mean;
    if (mean > meanMax) meanMax = mean;
    if (variance < varMin) varMin = variance;
    if (variance > varMax) varMax = variance;
  }
  if (Number.isNaN(sumMean)) meanMin = meanMax = NaN;
  if (Number.isNaN(sumVar)) varMin = varMax = NaN;
  return { mean: sumMean / rows, var: sumVar / rows, meanMin, meanMax, varMin, varMax };
}
