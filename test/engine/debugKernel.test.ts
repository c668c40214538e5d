import assert from 'node:assert/strict';
import fc from 'fast-check';
import { buildKernel } from '../../scripts/kernel.ts';
import { differenceStatistics, regionStatistics } from '../../src/engine/debug/tapValues.ts';
import { createKernel } from '../../src/engine/kernel/kernel.ts';
import { MemoryPlan } from '../../src/engine/kernel/memory.ts';
import { tensorStatistics } from '../../src/statistics/definitions.ts';

describe('kernel statistics and hashes', () => {
  before(buildKernel);
  const finite = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });

  it('gives the two-pass statistics in one pass, to 1e-9, whatever the length and offset', () => {
    const values = fc.float32Array({ minLength: 1, maxLength: 70, noNaN: true, min: -10, max: 10 });
    fc.assert(
      fc.property(values, fc.constantFrom(0, 1e3, -1e4), (data, offset) => {
        const shifted = data.map((x) => x + offset);
        const plan = new MemoryPlan();
        const [region, results] = [plan.reserve(data.length), plan.reserve(16)];
        const kernel = createKernel(plan);
        kernel.float32(region).set(shifted);
        const expected = tensorStatistics(shifted);
        const found = regionStatistics(kernel, region, results);
        assert.deepEqual(
          [found.count, found.min, found.max, found.nonFinite],
          [expected.count, expected.min, expected.max, 0],
        );
        const scale = Math.max(...shifted.map(Math.abs), 1);
        assert.ok(Math.abs(found.mean - expected.mean) < 1e-12 * scale);
        assert.ok(Math.abs(found.var - expected.var) <= 1e-9 * expected.var + 1e-20);
        if (expected.var > 1e-6) {
          assert.ok(Math.abs(found.kurtosis / expected.kurtosis - 1) < 1e-7);
        }
      }),
    );
  });

  it('gives those of a difference, to 1e-9, and of its finite elements', () => {
    const before = Float32Array.from({ length: 101 }, (_, i) => Math.sin(i) * 10);
    const after = before.map((x, i) => x + Math.cos(3 * i) * 1e-3);
    const found = differenceStatistics(after, before);
    const expected = tensorStatistics(after.map((x, i) => x - before[i]!));
    for (const key of ['count', 'min', 'max', 'nonFinite'] as const) {
      assert.equal(found[key], expected[key]);
    }
    assert.ok(Math.abs(found.mean - expected.mean) < 1e-12);
    assert.ok(Math.abs(found.var / expected.var - 1) < 1e-9);
    assert.ok(Math.abs(found.kurtosis / expected.kurtosis - 1) < 1e-7);
    after[7] = Infinity;
    assert.deepEqual(
      differenceStatistics(after, before),
      tensorStatistics(after.map((x, i) => x - before[i]!)),
    );
  });

  it('falls back to the finite elements when one is not', () => {
    const plan = new MemoryPlan();
    const [region, results] = [plan.reserve(6), plan.reserve(16)];
    const kernel = createKernel(plan);
    kernel.float32(region).set([1, 2, NaN, 4, -Infinity, 6]);
    assert.deepEqual(
      regionStatistics(kernel, region, results),
      tensorStatistics(Float32Array.of(1, 2, NaN, 4, -Infinity, 6)),
    );
  });

  it('sums magnitudes, and the moments of an update', () => {
    const plan = new MemoryPlan();
    const [before, after, results] = [plan.reserve(7), plan.reserve(7), plan.reserve(16)];
    const kernel = createKernel(plan);
    kernel.float32(before).set([1, -2, 3, -4, 5, -6, 7]);
    kernel.float32(after).set([1, -1, 3, -4, 5, -6, 9]);
    assert.equal(kernel.run.sumOfMagnitudes(before.address, 7), 28);
    kernel.run.updateMoments(before.address, after.address, 7, results.address);
    assert.deepEqual([...kernel.float64(results).subarray(0, 4)], [4, 140, 3, 5]);
  });

  it('hashes differ for any changed bit, order and length, and are the same again', () => {
    const hash = (data: readonly number[], seed = 0n): bigint => {
      const plan = new MemoryPlan();
      const region = plan.reserve(data.length);
      const kernel = createKernel(plan);
      kernel.float32(region).set(data);
      return kernel.run.hash(region.address, data.length, seed);
    };
    assert.notEqual(hash([0]), hash([-0]));
    assert.notEqual(hash([1, 2]), hash([2, 1]));
    assert.notEqual(hash([0]), hash([0, 0]));
    assert.notEqual(hash([1], 1n), hash([1], 2n));
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1, maxLength: 40 }), fc.nat(), (data, place) => {
        const other = [...data];
        const at = place % data.length;
        other[at] = Math.fround(data[at]! + Math.max(1e-3, Math.abs(data[at]!) * 1e-6));
        assert.equal(hash(data), hash([...data]));
        assert.notEqual(hash(data), hash(other));
      }),
    );
  });
});
