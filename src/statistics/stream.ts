import type { SignalPoint } from './channels.ts';

/** Root mean square and biased variance of all elements of a tensor. */
export interface Moments {
  readonly rms: number;
  readonly var: number;
}

/** What a residual does to the stream: the values that it adds, and their sum, over a whole batch. */
export interface StreamPoint {
  /** Path of the residual. */
  readonly path: string;
  readonly skip: Moments;
  readonly branch: Moments;
  readonly sum: Moments;
  /** The same per channel, of what leaves the residual and of its branch. */
  readonly signal: SignalPoint;
}

/** Var(branch) / Var(skip): how much of the stream behind a residual is new. NaN where both are 0. */
export function branchRatio({ skip, branch }: Pick<StreamPoint, 'skip' | 'branch'>): number {
  return branch.var / skip.var;
}

/**
 * Moments of a tensor from those of its rows, all of one length, in float64: `means` holds each row's mean, `variances` its
 * biased variance. Right also where the mean is much larger than the spread.
 */
export function poolRows(means: Float32Array, variances: Float32Array): Moments {
  const rows = means.length;
  const average = (term: (row: number) => number): number => {
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += term(row);
    return sum / rows;
  };
  const mean = average((row) => means[row]!);
  const variance = average((row) => variances[row]! + (means[row]! - mean) ** 2);
  return { rms: Math.sqrt(mean * mean + variance), var: variance };
}
