import assert from 'node:assert/strict';
import { RandomStream } from '../../src/base/random.ts';
import { channelStatistics, runningDistance, signalPoint } from '../../src/statistics/channels.ts';

/** [cases, channels, positions] with a mean and a spread of each channel's own. */
function tensor(
  cases: number,
  positions: number,
  means: readonly number[],
  spread = 1,
): Float64Array {
  const random = new RandomStream(5, 'channels');
  const channels = means.length;
  return Float64Array.from({ length: cases * channels * positions }, (_, i) => {
    const channel = Math.floor(i / positions) % channels;
    return (means[channel] ?? NaN) + spread * (channel + 1) * random.nextNormal();
  });
}

/** By the definition, one element after the other. */
function reference(data: ArrayLike<number>, shape: readonly number[], axis: number) {
  const strides = shape.map((_, at) => shape.slice(at + 1).reduce((a, b) => a * b, 1));
  const channels = shape[axis] ?? NaN;
  const lists = Array.from({ length: channels }, (): number[] => []);
  Array.from(data).forEach((value, i) =>
    lists[Math.floor(i / (strides[axis] ?? NaN)) % channels]?.push(value),
  );
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  return lists.map((values) => ({
    mean: mean(values),
    var: mean(values.map((value) => (value - mean(values)) ** 2)),
  }));
}

describe('channel statistics', () => {
  for (const [shape, axis] of [
    [[4, 3, 5], 1],
    [[4, 3, 5], 2],
    [[6, 7], 1],
    [[2, 3, 4, 5], 1],
    [[9, 1], 1],
  ] as const) {
    it(`of [${shape.join(', ')}] over axis ${axis}: the definition (1e-12)`, () => {
      const random = new RandomStream(1, 'shape');
      const size = shape.reduce<number>((a, b) => a * b, 1);
      const data = Float64Array.from({ length: size }, () => random.nextNormal() + 3);
      const found = channelStatistics(data, shape, axis);
      reference(data, shape, axis).forEach((wanted, channel) => {
        assert.ok(Math.abs((found.mean[channel] ?? NaN) - wanted.mean) < 1e-12);
        assert.ok(Math.abs((found.var[channel] ?? NaN) - wanted.var) < 1e-12);
      });
    });
  }

  it('of float32 with means 10,000 times the spread: variance within 1e-5', () => {
    const data = Float32Array.from(tensor(8, 50, [1e4, -1e4]));
    const found = channelStatistics(data, [8, 2, 50], 1);
    reference(data, [8, 2, 50], 1).forEach((wanted, channel) => {
      assert.ok(Math.abs((found.var[channel] ?? NaN) / wanted.var - 1) < 1e-5);
    });
  });
});

describe('signal propagation', () => {
  it('after ReLU of a sum of variance 2: mean² 1/π, variance 0.6817 (2 %)', () => {
    const random = new RandomStream(2, 'relu');
    const shape = [64, 32, 100];
    const branch = Float64Array.from({ length: 64 * 32 * 100 }, () => random.nextNormal());
    const output = branch.map((value) => Math.max(0, value + random.nextNormal()));
    const point = signalPoint(
      channelStatistics(output, shape, 1),
      channelStatistics(branch, shape, 1),
    );
    assert.ok(Math.abs(point.squaredMean * Math.PI - 1) < 0.02, `${point.squaredMean}`);
    assert.ok(Math.abs(point.variance / 0.6817 - 1) < 0.02, `${point.variance}`);
    assert.ok(Math.abs(point.branchVariance - 1) < 0.02, `${point.branchVariance}`);
  });
});

describe('running against batch statistics', () => {
  it('are distances in running deviations, and a ratio of variances', () => {
    const same = { mean: [1, 2], var: [4, 9] };
    assert.deepEqual(runningDistance(same, same, 1e-5), { mean: 0, variance: 1 });
    const batch = { mean: [3, 2], var: [8, 4.5] };
    const found = runningDistance(batch, same, 0);
    assert.ok(Math.abs(found.mean - Math.sqrt(0.5)) < 1e-12, `${found.mean}`);
    assert.ok(Math.abs(found.variance - 2) < 1e-12, `${found.variance}`);
  });
});
