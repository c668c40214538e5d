import assert from 'node:assert/strict';
import { RandomStream } from '../../src/base/random.ts';
import {
  summarizeRows,
  tensorStatistics,
  type RowSummary,
} from '../../src/statistics/definitions.ts';

/** Exact moments of the float32 numbers, by compensated float64 sums: what the definitions say, in two passes. */
function twoPass(data: ArrayLike<number>): { mean: number; variance: number; kurtosis: number } {
  const values = Array.from(data);
  const mean = compensatedSum(values) / values.length;
  const power = (n: number): number =>
    compensatedSum(values.map((x) => (x - mean) ** n)) / values.length;
  return { mean, variance: power(2), kurtosis: power(4) / power(2) ** 2 };
}

/** Neumaier's sum. */
function compensatedSum(values: readonly number[]): number {
  let sum = 0;
  let lost = 0;
  for (const x of values) {
    const next = sum + x;
    lost += Math.abs(sum) >= Math.abs(x) ? sum - next + x : x - next + sum;
    sum = next;
  }
  return sum + lost;
}

function normals(count: number, offset: number, spread = 1): Float32Array {
  const random = new RandomStream(42, 'statistics');
  return Float32Array.from({ length: count }, () => offset + spread * random.nextNormal());
}

function close(actual: number, expected: number, relative: number, what: string): void {
  const error = Math.abs(actual - expected);
  assert.ok(error <= relative * Math.abs(expected), `${what}: ${actual} for ${expected}`);
}

describe('statistics of a tensor', () => {
  // Mean within 1e-6 of the scale, variance within 1e-5 relative is what is promised; this is far inside.
  for (const offset of [0, 1, -100, 1e4, 1e6]) {
    it(`are right at offset ${offset}`, () => {
      const data = normals(5000, offset);
      const { mean, variance, kurtosis } = twoPass(data);
      const found = tensorStatistics(data);
      assert.ok(Math.abs(found.mean - mean) <= 1e-12 * (Math.abs(offset) + 1));
      close(found.var, variance, 1e-9, 'variance');
      close(found.kurtosis, kurtosis, 1e-9, 'kurtosis');
      assert.deepEqual(
        [found.count, found.nonFinite, found.min, found.max],
        [5000, 0, Math.min(...data), Math.max(...data)],
      );
    });
  }

  it('know the kurtosis of a Gaussian and of a one-hot row', () => {
    const gaussian = tensorStatistics(normals(100_000, 0)).kurtosis;
    assert.ok(Math.abs(gaussian - 3) < 5 * Math.sqrt(24 / 100_000), `${gaussian} is not 3`);
    const oneHot = new Float32Array(256);
    oneHot[7] = 1;
    close(tensorStatistics(oneHot).kurtosis, 256 - 2 + 1 / 255, 1e-12, 'kurtosis');
  });

  it('of a constant: variance 0, no kurtosis', () => {
    const found = tensorStatistics(new Float32Array(1000).fill(0.1));
    assert.ok(found.var < 1e-30, `variance ${found.var}`);
    assert.deepEqual([found.min, found.max], [Math.fround(0.1), Math.fround(0.1)]);
    assert.ok(Number.isNaN(tensorStatistics(new Float32Array(8).fill(3)).kurtosis));
  });

  it('of one element, of none, of integers', () => {
    assert.deepEqual(tensorStatistics(Float32Array.of(-2.5)), {
      count: 1,
      mean: -2.5,
      var: 0,
      min: -2.5,
      max: -2.5,
      kurtosis: NaN,
      nonFinite: 0,
    });
    const none = tensorStatistics(new Float32Array(0));
    assert.deepEqual([none.count, none.mean, none.min, none.nonFinite], [0, NaN, NaN, 0]);
    const integers = tensorStatistics(Int32Array.of(1, 2, 3, 4));
    assert.deepEqual([integers.mean, integers.var, integers.kurtosis], [2.5, 1.25, 1.64]);
  });

  it('count NaN and infinities and describe the rest', () => {
    const data = Float32Array.of(1, NaN, 3, Infinity, -Infinity, 5);
    const found = tensorStatistics(data);
    assert.deepEqual(
      [found.count, found.nonFinite, found.mean, found.min, found.max],
      [3, 3, 3, 1, 5],
    );
    close(found.var, 8 / 3, 1e-15, 'variance');
    const all = tensorStatistics(Float32Array.of(NaN, Infinity));
    assert.deepEqual([all.count, all.nonFinite, all.mean, all.var], [0, 2, NaN, NaN]);
  });

  it('do not overflow where float32 would', () => {
    const found = tensorStatistics(Float32Array.of(3e38, -3e38));
    close(found.var, Math.fround(3e38) ** 2, 1e-15, 'variance');
    assert.equal(found.kurtosis, 1);
  });
});

describe('statistics of rows', () => {
  const features = 64;
  const epsilon = 1e-5;

  /** What the compiled graph hands over for these rows, rounded to float32 as it is there. */
  function summarize(
    rows: readonly Float32Array[],
    form: 'inverseStd' | 'centredSquares',
  ): RowSummary {
    const moments = rows.map(twoPass);
    const seconds = moments.map(({ variance }) =>
      form === 'inverseStd' ? 1 / Math.sqrt(variance + epsilon) : variance,
    );
    return summarizeRows(
      Float32Array.from(moments, ({ mean }) => mean),
      Float32Array.from(seconds),
      form,
      epsilon,
    );
  }

  for (const form of ['inverseStd', 'centredSquares'] as const) {
    for (const offset of [0, 1e4]) {
      it(`${form}, offset ${offset}: averages and ranges over tokens`, () => {
        const rows = Array.from({ length: 50 }, (_, i) => {
          const random = new RandomStream(i, 'row');
          const spread = 0.1 + i / 10;
          return Float32Array.from(
            { length: features },
            () => offset + spread * random.nextNormal(),
          );
        });
        const exact = rows.map(twoPass);
        const means = exact.map(({ mean }) => mean);
        const variances = exact.map(({ variance }) => variance);
        const average = (values: readonly number[]): number =>
          compensatedSum(values) / values.length;
        const found = summarize(rows, form);
        const scale = Math.max(offset, 1);
        // float32 rows: 6e-8 relative for means; 1 / inverse² doubles the error of what it is made from.
        for (const [value, expected] of [
          [found.mean, average(means)],
          [found.meanMin, Math.min(...means)],
          [found.meanMax, Math.max(...means)],
        ] as const) {
          assert.ok(Math.abs(value - expected) <= 1e-7 * scale, `${value} for ${expected}`);
        }
        close(found.var, average(variances), 1e-6, 'variance');
        close(found.varMin, Math.min(...variances), 1e-6, 'least variance');
        close(found.varMax, Math.max(...variances), 1e-6, 'largest variance');
      });
    }

    it(`${form}: constant rows have variance 0 up to a rounding of epsilon, never less`, () => {
      const found = summarize([new Float32Array(features).fill(7)], form);
      assert.ok(found.varMin >= 0 && found.var <= 3e-7 * epsilon, `variance ${found.var}`);
      assert.equal(found.mean, 7);
    });

    it(`${form}: one row is its own average and range`, () => {
      const found = summarize([normals(features, 2)], form);
      assert.ok(found.mean === found.meanMin && found.mean === found.meanMax);
      assert.ok(found.var === found.varMin && found.var === found.varMax && found.var > 0.5);
    });
  }

  it('a row that is not finite makes everything not finite', () => {
    for (const bad of [NaN, Infinity]) {
      const found = summarizeRows(
        Float32Array.of(1, bad, 2),
        Float32Array.of(1, NaN, 1),
        'inverseStd',
        epsilon,
      );
      assert.ok([found.mean, found.meanMax].every((value) => !Number.isFinite(value)));
      assert.deepEqual([found.var, found.varMin, found.varMax], [NaN, NaN, NaN]);
    }
    const found = summarizeRows(
      Float32Array.of(NaN, 1),
      Float32Array.of(1, 1),
      'centredSquares',
      0,
    );
    assert.deepEqual([found.mean, found.meanMin, found.meanMax], [NaN, NaN, NaN]);
    assert.equal(found.var, 1);
  });
});
