import assert from 'node:assert/strict';
import fc from 'fast-check';
import { buildKernel } from '../../scripts/kernel.ts';
import { RandomStream } from '../../src/base/random.ts';
import { fillDropoutMask } from '../../src/engine/kernel/dropout.ts';
import { createKernel } from '../../src/engine/kernel/kernel.ts';
import { MemoryPlan } from '../../src/engine/kernel/memory.ts';
import { RandomSource, randomChunk } from '../../src/engine/kernel/randomSource.ts';

describe('kernel memory', () => {
  before(buildKernel);

  it('gives every region a place of its own at a multiple of 64 bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 1, maxLength: 30 }), (lengths) => {
        const plan = new MemoryPlan();
        const regions = lengths.map((length) => plan.reserve(length));
        let end = 0;
        for (const region of regions) {
          assert.equal(region.address % 64, 0);
          assert.ok(region.address >= end);
          end = region.address + region.length * 4;
        }
        assert.ok(plan.bytes >= end);
      }),
    );
  });

  it('refuses more than WebAssembly can address, naming the size', () => {
    const plan = new MemoryPlan();
    plan.reserve(2 ** 30 + 1);
    assert.throws(() => plan.allocate(), { code: 'model-too-large', message: /4295 MB/ });
  });
});

describe('kernel sums', () => {
  it('adds squares in float64, also of values whose squares overflow float32', () => {
    const plan = new MemoryPlan();
    const region = plan.reserve(37);
    const kernel = createKernel(plan);
    const values = kernel.float32(region);
    const random = new RandomStream(1, 'values');
    for (let i = 0; i < values.length; i++) values[i] = random.nextNormal() * 1e25;
    const expected = values.reduce((sum, x) => sum + x * x, 0);
    const found = kernel.run.sumOfSquares(region.address, region.length);
    assert.ok(Math.abs(found / expected - 1) < 1e-14, `${found} against ${expected}`);
    values[36] = NaN;
    assert.ok(Number.isNaN(kernel.run.sumOfSquares(region.address, region.length)));
    values[36] = -Infinity;
    assert.equal(kernel.run.sumOfSquares(region.address, region.length), Infinity);
  });

  it('accumulates scaled gradients', () => {
    const plan = new MemoryPlan();
    const [sum, part] = [plan.reserve(21), plan.reserve(21)];
    const kernel = createKernel(plan);
    kernel.float32(sum).fill(99);
    kernel.float32(part).forEach((_, i, array) => (array[i] = i));
    kernel.run.scaleInto(sum.address, part.address, 21, 0.5);
    kernel.run.addScaled(sum.address, part.address, 21, 0.25);
    assert.deepEqual(
      [...kernel.float32(sum)],
      Array.from({ length: 21 }, (_, i) => i * 0.75),
    );
  });
});

describe('kernel random numbers', () => {
  const seed = 2 ** 40 + 1337;

  it('are those of RandomStream, word by word across chunks', () => {
    const plan = new MemoryPlan();
    const chunk = plan.reserve(randomChunk);
    const source = new RandomSource(createKernel(plan), chunk, seed, 'init:a.weight', 3);
    const reference = new RandomStream(seed, 'init:a.weight', 3);
    for (let i = 0; i < randomChunk + 100; i++) {
      assert.equal(source.nextUint32(), reference.nextUint32());
    }
    assert.equal(source.nextNormal(), reference.nextNormal());
  });

  it('fill with the normal numbers of RandomStream, all but a few to the last bit of float32', () => {
    const plan = new MemoryPlan();
    const chunk = plan.reserve(randomChunk);
    const source = new RandomSource(createKernel(plan), chunk, seed, 'init:a.weight');
    const reference = new RandomStream(seed, 'init:a.weight');
    const values = new Float32Array(200_001);
    source.fillNormal(values, 0.25, 3);
    let different = 0;
    values.forEach((value, i) => {
      const expected = Math.fround(0.25 + 3 * reference.nextNormal());
      if (value !== expected) different++;
      assert.ok(Math.abs(value - expected) <= 2 ** -22 * Math.max(1, Math.abs(expected)), `${i}`);
    });
    // An error of 1e-12 in logarithm or cosine would change the rounding of four.
    assert.ok(different <= 2, `${different} differ`);
  });

  it('make dropout masks that depend on seed, path and batch alone', () => {
    const length = 1003;
    const plan = new MemoryPlan();
    const region = plan.reserve(length);
    const kernel = createKernel(plan);
    const mask = { path: 'blocks.0.dropout', probability: 0.3, region };
    fillDropoutMask(kernel, mask, seed, 7);
    const found = [...kernel.float32(region)];
    const stream = new RandomStream(seed, 'dropout:blocks.0.dropout', 7);
    const limit = Math.round(0.3 * 2 ** 32);
    const kept = Math.fround(1 / 0.7);
    const expected = found.map(() => (stream.nextUint32() < limit ? 0 : kept));
    assert.deepEqual(found, expected);
    fillDropoutMask(kernel, mask, seed, 8);
    assert.notDeepEqual([...kernel.float32(region)], expected);
    fillDropoutMask(kernel, mask, seed, 7);
    assert.deepEqual([...kernel.float32(region)], expected);
  });

  it('drop the asked share of elements, and all of them at 1', () => {
    const length = 100_000;
    const plan = new MemoryPlan();
    const region = plan.reserve(length);
    const kernel = createKernel(plan);
    for (const probability of [0, 0.1, 0.5, 0.9, 1]) {
      fillDropoutMask(kernel, { path: 'd', probability, region }, 1, 0);
      const dropped = kernel.float32(region).filter((x) => x === 0).length / length;
      // Five standard deviations of a binomial share.
      const tolerance = 5 * Math.sqrt((probability * (1 - probability)) / length);
      assert.ok(Math.abs(dropped - probability) <= tolerance, `${dropped} for ${probability}`);
    }
  });
});
