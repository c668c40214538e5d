import assert from 'node:assert/strict';
import fc from 'fast-check';
import { RunSeries } from '../../src/statistics/series/runSeries.ts';
import type { StepColumns } from '../../src/statistics/series/steps.ts';
import { normColumns, normWidth } from '../../src/statistics/taps.ts';

/** Steps first..first+count-1 whose loss is `loss(step)`; norm n's column c holds loss + n + c / 100. */
function batchOf(
  first: number,
  count: number,
  normCount: number,
  loss: (step: number) => number,
): StepColumns {
  const steps = Array.from({ length: count }, (_, i) => first + i);
  return {
    first,
    loss: Float64Array.from(steps, loss),
    lr: Float64Array.from(steps, (step) => step / 1000),
    gradNorm: Float64Array.from(steps, (step) => 2 * loss(step)),
    norms: Float32Array.from(
      steps.flatMap((step) =>
        Array.from({ length: normCount }, (_n, n) =>
          normColumns.map((_c, c) => loss(step) + n + c / 100),
        ).flat(),
      ),
    ),
  };
}

function wave(step: number): number {
  return 3 + Math.sin(step / 7) + step / 5000;
}

describe('bounded series of a run', () => {
  it('keeps every step while there is room', () => {
    const series = new RunSeries(2, 64);
    series.append(batchOf(0, 50, 2, wave));
    assert.equal(series.stride, 1);
    assert.deepEqual(
      series.steps(),
      Array.from({ length: 50 }, (_, i) => i),
    );
    assert.deepEqual(
      series.scalar('loss'),
      Array.from({ length: 50 }, (_, i) => wave(i)),
    );
    const outVar = series.norm(1, 'out.var');
    assert.equal(outVar[30], Math.fround(wave(30) + 1 + normColumns.indexOf('out.var') / 100));
  });

  it('each bucket holds the mean and the extremes of its steps, however the steps arrive', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 0, max: 1000 }),
        (sizes, start) => {
          const series = new RunSeries(1, 32);
          let next = start;
          for (const size of sizes) {
            series.append(batchOf(next, size, 1, wave));
            next += size;
          }
          const all = Array.from({ length: next - start }, (_, i) => start + i);
          const buckets = new Map<number, number[]>();
          for (const step of all) {
            const bucket = Math.floor(step / series.stride);
            buckets.set(bucket, [...(buckets.get(bucket) ?? []), step]);
          }
          const expected = [...buckets.values()];
          assert.ok(expected.length <= 32);
          assert.deepEqual(
            series.steps(),
            expected.map((steps) => steps.at(-1)),
          );
          const mean = series.scalar('loss');
          const min = series.scalar('lossMin');
          const max = series.scalar('lossMax');
          const inMean = series.norm(0, 'in.mean');
          for (const [i, steps] of expected.entries()) {
            const losses = steps.map(wave);
            const average = losses.reduce((sum, x) => sum + x, 0) / losses.length;
            assert.ok(Math.abs(mean[i]! - average) < 1e-12 * steps.length);
            assert.equal(min[i], Math.min(...losses));
            assert.equal(max[i], Math.max(...losses));
            // Norm columns are stored in float32.
            assert.ok(Math.abs(inMean[i]! - average) < 1e-5);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('memory does not grow in a million steps, and a spike of one step stays visible', () => {
    const series = new RunSeries(3);
    const bytes = series.bytes;
    const block = batchOf(0, 5000, 3, wave);
    const spiked = { ...block, loss: block.loss.with(3456, 99) };
    for (let first = 0; first < 1_000_000; first += 5000) {
      series.append({ ...(first === 120_000 ? spiked : block), first });
    }
    assert.equal(series.bytes, bytes);
    assert.ok(series.steps().length <= series.capacity);
    assert.ok(series.steps().length >= series.capacity / 2);
    assert.equal(series.lastStep, 999_999);
    assert.equal(Math.max(...series.scalar('lossMax')), 99);
    assert.ok(Math.max(...series.scalar('loss')) < 10);
  });

  it('stays within its budget for a thousand norms', () => {
    assert.ok(new RunSeries(1000).bytes < 40 * 2 ** 20);
  });

  it('the latest value is that of the last step, not of its bucket', () => {
    const series = new RunSeries(1, 8);
    series.append(batchOf(0, 1000, 1, wave));
    assert.ok(series.stride > 1);
    assert.equal(series.latestScalar('loss'), wave(999));
    assert.equal(
      series.latestNorm(0, 'in.var'),
      Math.fround(wave(999) + normColumns.indexOf('in.var') / 100),
    );
  });

  it('before the first step there is nothing', () => {
    const series = new RunSeries(1);
    assert.equal(series.lastStep, undefined);
    assert.deepEqual(series.steps(), []);
    assert.ok(Number.isNaN(series.latestNorm(0, 'out.mean')));
    assert.deepEqual(series.snapshot(), []);
  });

  it('going on from a checkpoint replaces what followed it', () => {
    const series = new RunSeries(1, 64);
    series.append(batchOf(0, 60, 1, () => 1));
    series.append(batchOf(40, 10, 1, () => 5));
    assert.equal(series.lastStep, 49);
    assert.deepEqual(series.scalar('loss').slice(38), [1, 1, ...Array<number>(10).fill(5)]);
  });

  it('taking the same steps again inside a bucket does not count them twice', () => {
    const series = new RunSeries(1, 8);
    series.append(batchOf(0, 60, 1, wave));
    const before = series.scalar('loss');
    assert.equal(series.stride, 8);
    series.append(batchOf(57, 3, 1, wave));
    assert.deepEqual(series.scalar('loss'), before);
  });

  it('a snapshot makes the same series again, gaps included', () => {
    const series = new RunSeries(2, 32);
    series.append(batchOf(64, 100, 2, wave));
    series.append(batchOf(600, 37, 2, wave));
    const copy = new RunSeries(2, 32);
    for (const batch of series.snapshot()) copy.append(batch);
    assert.equal(copy.stride, series.stride);
    assert.deepEqual(copy.steps(), series.steps());
    assert.deepEqual(copy.scalar('lossMax'), series.scalar('lossMax'));
    assert.deepEqual(copy.scalar('loss'), series.scalar('loss'));
    assert.deepEqual(copy.norm(1, 'in.var.max'), series.norm(1, 'in.var.max'));
    assert.equal(copy.latestScalar('gradNorm'), series.latestScalar('gradNorm'));
    copy.append(batchOf(637, 5, 2, wave));
    series.append(batchOf(637, 5, 2, wave));
    assert.deepEqual(copy.scalar('loss'), series.scalar('loss'));
  });

  it('a series takes in batches that somebody else thinned', () => {
    const series = new RunSeries(0, 1024);
    const coarse = batchOf(0, 10, 0, wave);
    series.append({ ...coarse, stride: 10, lossMax: coarse.loss.map((x) => x + 1) });
    assert.equal(series.stride, 16);
    assert.equal(series.lastStep, 99);
    assert.equal(Math.max(...series.scalar('lossMax')), Math.max(...coarse.loss) + 1);
  });

  it('a non-finite step makes a gap in the mean and leaves the extremes finite', () => {
    const series = new RunSeries(0, 4);
    series.append(batchOf(0, 16, 0, (step) => (step === 5 ? NaN : step)));
    assert.equal(series.stride, 4);
    assert.deepEqual(series.scalar('loss'), [1.5, NaN, 9.5, 13.5]);
    assert.deepEqual(series.scalar('lossMin'), [0, 4, 8, 12]);
    assert.deepEqual(series.scalar('lossMax'), [3, 7, 11, 15]);
  });

  it('columns are as wide as the taps say', () => {
    assert.equal(normWidth, 12);
  });

  it('keeps the newest steps one by one, whatever sizes they come in and wherever a run goes back to', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 700 }), fc.integer({ min: 0, max: 300 })), {
          minLength: 1,
          maxLength: 20,
        }),
        (parts) => {
          const { recent } = new RunSeries(1, 16);
          let next = 0;
          let known: number[] = [];
          for (const [count, back] of parts) {
            const first = Math.max(0, next - back);
            recent.append(batchOf(first, count, 1, wave));
            next = first + count;
            const before = known.filter((step) => step < first);
            const isCut = known.length > 0 && before.length === 0 && known[0]! > first;
            known = [
              ...(isCut ? [] : before),
              ...Array.from({ length: count }, (_, i) => first + i),
            ];
          }
          const steps = recent.steps();
          assert.ok(steps.length <= recent.capacity && steps.length > 0);
          assert.deepEqual(steps, known.slice(-steps.length));
          assert.deepEqual(recent.scalar('lossMax'), steps.map(wave));
          const values = steps.map((step) => Math.fround(wave(step) + 0.01));
          assert.deepEqual(recent.norm(0, 'in.var'), values);
        },
      ),
      { seed: 9, numRuns: 60 },
    );
  });

  it('knows no single steps of a thinned history, and all that are told once more', () => {
    const series = new RunSeries(1, 16);
    series.append(batchOf(0, 5000, 1, wave));
    const copy = new RunSeries(1, 16);
    const snapshot = series.snapshot();
    for (const batch of snapshot.slice(0, -2)) copy.append(batch);
    assert.deepEqual(copy.recent.steps(), []);
    for (const batch of snapshot.slice(-2)) copy.append(batch);
    assert.equal(copy.recent.steps().length, 1024);
    assert.deepEqual(copy.recent.scalar('loss'), series.recent.scalar('loss'));
    assert.deepEqual(copy.scalar('loss'), series.scalar('loss'));
  });
});
