/** Mean and biased variance (1/n) of each channel over all other axes, accumulated in float64. */
export interface ChannelStatistics {
  readonly mean: Float64Array;
  readonly var: Float64Array;
}

/** Mean and variance of each channel, in whatever they are kept. */
export interface PerChannel {
  readonly mean: ArrayLike<number>;
  readonly var: ArrayLike<number>;
}

/** Two passes: right also where the mean is much larger than the spread. `axis` is that of the channels, from 0. */
export function channelStatistics(
  data: Float32Array | Float64Array,
  shape: readonly number[],
  axis: number,
): ChannelStatistics {
  const channels = shape[axis] ?? 1;
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const count = data.length / channels;
  const sums = (term: (value: number, channel: number) => number): Float64Array => {
    const found = new Float64Array(channels);
    for (let start = 0, channel = 0; start < data.length; start += inner) {
      let sum = 0;
      for (let i = start; i < start + inner; i++) sum += term(data[i]!, channel);
      found[channel] = found[channel]! + sum;
      channel = channel + 1 === channels ? 0 : channel + 1;
    }
    return found.map((sum) => sum / count);
  };
  const mean = sums((value) => value);
  return { mean, var: sums((value, channel) => (value - mean[channel]!) ** 2) };
}

/**
 * What a signal propagation plot shows of one residual block (Brock, De and Smith 2021, Characterizing signal propagation): how
 * large its output's channel means are, how much its channels vary, and how much the branch's do before they join the skip.
 */
export interface SignalPoint {
  /** Mean over channels of (channel mean)² of the block's output. */
  readonly squaredMean: number;
  /** Mean over channels of the channel variance of the block's output. */
  readonly variance: number;
  /** The same at the end of the branch. */
  readonly branchVariance: number;
}

/** The point of one block from the statistics of its output and of its branch. */
export function signalPoint(output: PerChannel, branch: PerChannel): SignalPoint {
  return {
    squaredMean: average(Float64Array.from(output.mean, (mean) => mean * mean)),
    variance: average(Float64Array.from(output.var)),
    branchVariance: average(Float64Array.from(branch.var)),
  };
}

/** How far a BatchNorm's running statistics, which evaluation goes by, are from those of a batch, which training goes by. */
export interface RunningDistance {
  /** Root mean square over channels of (batch mean − running mean) / running standard deviation. */
  readonly mean: number;
  /** Geometric mean over channels of the larger variance through the smaller, eps added to both; 1 where they agree. */
  readonly variance: number;
}

export function runningDistance(
  batch: PerChannel,
  running: PerChannel,
  epsilon: number,
): RunningDistance {
  const channels = Float64Array.from({ length: batch.mean.length }, (_, channel) => channel);
  const squares = channels.map(
    (channel) =>
      (batch.mean[channel]! - running.mean[channel]!) ** 2 / (running.var[channel]! + epsilon),
  );
  const logarithms = channels.map((channel) =>
    Math.abs(Math.log((batch.var[channel]! + epsilon) / (running.var[channel]! + epsilon))),
  );
  return { mean: Math.sqrt(average(squares)), variance: Math.exp(average(logarithms)) };
}

function average(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
