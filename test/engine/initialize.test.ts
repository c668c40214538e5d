import assert from 'node:assert/strict';
import { buildKernel } from '../../scripts/kernel.ts';
import type { Initializer } from '../../src/compiler/graph/model.ts';
import { createKernel } from '../../src/engine/kernel/kernel.ts';
import { MemoryPlan } from '../../src/engine/kernel/memory.ts';
import { RandomSource, randomChunk } from '../../src/engine/kernel/randomSource.ts';
import { initialize } from '../../src/engine/train/initialize.ts';

describe('initial values', () => {
  before(buildKernel);

  function draw(shape: readonly number[], initializer: Initializer, path = 'a'): Float32Array {
    const plan = new MemoryPlan();
    const chunk = plan.reserve(randomChunk);
    const random = new RandomSource(createKernel(plan), chunk, 5, `init:${path}`);
    const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
    initialize(values, shape, initializer, random);
    return values;
  }

  function moments(values: Float32Array): { readonly mean: number; readonly std: number } {
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
    return { mean, std: Math.sqrt(variance) };
  }

  it('are constant, uniform or normal with the asked moments', () => {
    assert.ok(draw([4, 5], { kind: 'constant', value: 2.5 }).every((x) => x === 2.5));
    const uniform = draw([100, 1000], { kind: 'uniform', low: -1, high: 3 });
    assert.ok(Math.min(...uniform.subarray(0, 9999)) >= -1);
    assert.ok(Math.abs(moments(uniform).mean - 1) < 0.02);
    assert.ok(Math.abs(moments(uniform).std - 4 / Math.sqrt(12)) < 0.02);
    const normal = draw([100, 1000], { kind: 'normal', mean: 1, std: 0.5 });
    assert.ok(Math.abs(moments(normal).mean - 1) < 0.01);
    assert.ok(Math.abs(moments(normal).std - 0.5) < 0.01);
  });

  it('of a truncated normal lie inside, with the moments of the closed form', () => {
    const phi = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
    for (const [low, high] of [
      [-2, 2],
      [-0.1, 0.1],
      [1.5, 4],
      [-1, 9],
    ] as const) {
      const values = draw([200_000], { kind: 'truncatedNormal', mean: 0, std: 1, low, high });
      assert.ok(values.every((x) => x >= Math.fround(low) && x <= Math.fround(high)));
      const share = integrate(phi, low, high);
      const mean = (phi(low) - phi(high)) / share;
      const second = integrate((x) => x * x * phi(x), low, high) / share;
      const expected = Math.sqrt(second - mean * mean);
      assert.ok(Math.abs(moments(values).mean - mean) < 0.01 * (high - low), `${low} ${high}`);
      assert.ok(Math.abs(moments(values).std / expected - 1) < 0.02, `${low} ${high}`);
    }
  });

  function integrate(f: (x: number) => number, low: number, high: number): number {
    const parts = 2000;
    const width = (high - low) / parts;
    let sum = 0;
    for (let i = 0; i < parts; i++) sum += f(low + (i + 0.5) * width);
    return sum * width;
  }

  it('of an orthogonal matrix have orthonormal rows, or columns where those are fewer', () => {
    for (const [rows, columns] of [
      [8, 8],
      [5, 12],
      [12, 5],
    ] as const) {
      const values = draw([rows, columns], { kind: 'orthogonal', gain: 2 });
      const count = Math.min(rows, columns);
      const entry = (n: number, i: number): number =>
        values[rows <= columns ? n * columns + i : i * columns + n]!;
      for (let a = 0; a < count; a++) {
        for (let b = 0; b < count; b++) {
          let dot = 0;
          for (let i = 0; i < Math.max(rows, columns); i++) dot += entry(a, i) * entry(b, i);
          assert.ok(Math.abs(dot - (a === b ? 4 : 0)) < 1e-5);
        }
      }
    }
  });

  it('depend on the name of the parameter, and on nothing before it', () => {
    const normal: Initializer = { kind: 'normal', mean: 0, std: 1 };
    assert.deepEqual(draw([10], normal, 'a'), draw([10], normal, 'a'));
    assert.notDeepEqual(draw([10], normal, 'a'), draw([10], normal, 'b'));
  });
});
