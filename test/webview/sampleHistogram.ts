import { RandomStream } from '../../src/base/random.ts';
import type { ChannelReport, HistogramEvent } from '../../src/protocol/engine.ts';
import { runningDistance } from '../../src/statistics/channels.ts';
import { histogramOf } from '../../src/statistics/histogram.ts';

/** Values like those of a trained net: before the norm with heavy tails, after it nearly normal with an outlier or two. */
export function sampleHistogram(norm: string, step: number): HistogramEvent {
  const random = new RandomStream(11, norm, step);
  const heavy = () => (random.nextNormal() * 2.1) / Math.sqrt(0.3 + Math.abs(random.nextNormal()));
  const before = Float32Array.from({ length: 98_304 }, heavy);
  const after = Float32Array.from({ length: 98_304 }, () => 0.02 + 1.05 * random.nextNormal());
  return { step, norm, before: histogramOf(before), after: histogramOf(after) };
}

/** Channels of a BatchNorm whose running statistics lag behind. */
export function sampleChannels(count: number): ChannelReport {
  const random = new RandomStream(12, 'channels', count);
  const column = (value: () => number) => Array.from({ length: count }, value);
  const inMean = column(() => random.nextNormal());
  const inVar = column(() => 1 + random.nextNormal() ** 2);
  const running = { mean: inMean.map((mean) => 0.6 * mean), var: inVar.map((x) => 0.5 * x + 0.5) };
  const distance = runningDistance({ mean: inMean, var: inVar }, running, 1e-5);
  const outMean = column(() => 0.2 * random.nextNormal());
  const outVar = column(() => 0.8 + 0.1 * random.nextNormal());
  return { inMean, inVar, outMean, outVar, running: { ...running, distance } };
}
