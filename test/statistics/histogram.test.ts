import assert from 'node:assert/strict';
import fc from 'fast-check';
import { RandomStream } from '../../src/base/random.ts';
import { edgeOf, histogramOf, type Histogram } from '../../src/statistics/histogram.ts';

/** The definition, word by word: for each bin all elements are gone through. */
function counted(data: ArrayLike<number>, histogram: Histogram): number[] {
  const bins = histogram.counts.length;
  return Array.from({ length: bins }, (_, bin) => {
    const [from, to] = [edgeOf(histogram, bin), edgeOf(histogram, bin + 1)];
    const isIn = (x: number): boolean =>
      x >= from && (bin === bins - 1 ? x <= histogram.high : x < to);
    return Array.from(data).filter(isIn).length;
  });
}

function total({ counts, below, above, nonFinite }: Histogram): number {
  return counts.reduce((a, b) => a + b, below + above + nonFinite);
}

describe('the histogram of a tensor', () => {
  it('counts every element exactly once, in the bin whose edges enclose it', () => {
    const value = fc.oneof(
      fc.float(),
      fc.float({ min: -4, max: 4 }),
      fc.constantFrom(NaN, Infinity, -Infinity, 0, 1, 1e30, -1e30),
    );
    fc.assert(
      fc.property(fc.float32Array({ maxLength: 60 }), fc.array(value), (some, more) => {
        const data = Float32Array.from([...some, ...more]);
        const histogram = histogramOf(data, 13);
        assert.equal(total(histogram), data.length);
        assert.deepEqual([...histogram.counts], counted(data, histogram));
      }),
      { seed: 5, numRuns: 2000 },
    );
  });

  for (const offset of [0, 1e4, 1e6]) {
    it(`agrees with the normal distribution around ${offset} (5 standard errors)`, () => {
      const random = new RandomStream(3, 'histogram');
      const count = 100_000;
      const data = Float64Array.from({ length: count }, () => offset + random.nextNormal());
      const histogram = histogramOf(data);
      assert.deepEqual([...histogram.counts], counted(data, histogram));
      assert.ok(Math.abs(histogram.mean - offset) < 5 / Math.sqrt(count));
      assert.ok(Math.abs(histogram.var - 1) < 5 * Math.sqrt(2 / count));
      const inside = [...histogram.counts.keys()].reduce((sum, bin) => {
        const middle = (edgeOf(histogram, bin) + edgeOf(histogram, bin + 1)) / 2 - offset;
        return Math.abs(middle) < 1 ? sum + histogram.counts[bin]! : sum;
      }, 0);
      const width = (histogram.high - histogram.low) / histogram.counts.length;
      // What lies within one standard deviation; the bins at its ends are there or not.
      assert.ok(Math.abs(inside / count - 0.6827) < 0.25 * width + 5 * Math.sqrt(0.22 / count));
    });
  }

  it('cuts the range five standard deviations from the mean, and counts what is outside', () => {
    const data = new Float32Array(1000).map((_, i) => (i % 2 === 0 ? 1 : -1));
    data.set([100, -100, 100], 0);
    const histogram = histogramOf(data);
    const { mean, var: variance } = histogram;
    assert.equal(histogram.low, mean - 5 * Math.sqrt(variance));
    assert.deepEqual([histogram.below, histogram.above], [1, 2]);
    assert.equal(total(histogram), 1000);
  });

  it('gives a constant a bar with a width, and nothing an empty one', () => {
    const same = histogramOf(new Float32Array(5).fill(3), 4);
    assert.deepEqual([same.low, same.high, [...same.counts]], [1.5, 4.5, [0, 0, 5, 0]]);
    const none = histogramOf(Float32Array.of(NaN, Infinity), 4);
    assert.deepEqual([none.nonFinite, [...none.counts]], [2, [0, 0, 0, 0]]);
    assert.ok(Number.isNaN(none.mean) && Number.isNaN(none.var));
  });
});
