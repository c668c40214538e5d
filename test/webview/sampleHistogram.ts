import { RandomStream } from '../../src/base/random.ts';
import type { HistogramEvent } from '../../src/protocol/engine.ts';
import { histogramOf } from '../../src/statistics/histogram.ts';

/** Values like those of a trained net: before the norm with heavy tails, after it nearly normal with an outlier or two. */
export function sampleHistogram(norm: string, step: number): HistogramEvent {
  const random = new RandomStream(11, norm, step);
  const heavy = () => (random.nextNormal() * 2.1) / Math.sqrt(0.3 + Math.abs(random.nextNormal()));
  const before = Float32Array.from({ length: 98_304 }, heavy);
  const after = Float32Array.from({ length: 98_304 }, () => 0.02 + 1.05 * random.nextNormal());
  return { step, norm, before: histogramOf(before), after: histogramOf(after) };
}
