import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { BufferSpec } from '../../src/compiler/passes/programs.ts';
import { updateBuffers } from '../../src/engine/train/buffers.ts';

interface FixtureTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface Averages {
  readonly momentum: number | null;
  readonly steps: readonly {
    readonly batch: FixtureTensor;
    readonly running_mean: FixtureTensor;
    readonly running_var: FixtureTensor;
    readonly num_batches_tracked: FixtureTensor;
  }[];
}

const file = path.join(import.meta.dirname, '../fixtures/pytorch/norms.json');
const { averages } = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly averages: readonly Averages[];
};

/** Running statistics over four batches of [5, 3, 2] in float32, against PyTorch's own (1e-6 relative). */
describe('running statistics', () => {
  for (const { momentum, steps } of averages) {
    it(`momentum ${momentum}: as PyTorch after every batch`, () => {
      const average = (offset: number, factor: number) => {
        const of = { offset, factor, momentum: momentum ?? undefined };
        return { shape: [3], initial: offset === 0 ? 0 : 1, average: of };
      };
      const specs: readonly BufferSpec[] = [
        { path: 'norm.running_mean', ...average(0, 1) },
        { path: 'norm.running_var', ...average(3, 10 / 9) },
        { path: 'norm.num_batches_tracked', shape: [], initial: 0 },
      ];
      let values = specs.map(({ shape, initial }) => new Float32Array(shape[0] ?? 1).fill(initial));
      for (const [step, { batch, ...wanted }] of steps.entries()) {
        const next = values.map((value) => new Float32Array(value.length));
        const before = values.map((value) => Float32Array.from(value));
        updateBuffers(specs, values, next, statisticsOf(batch.data));
        assert.deepEqual(values, before, 'the state before the step stays as it is');
        values = next;
        specs.forEach(({ path: name }, index) => {
          const key = name.slice(5) as keyof typeof wanted;
          wanted[key].data.forEach((value, i) => {
            const error = Math.abs(values[index]![i]! - value);
            assert.ok(error <= 1e-6 * Math.max(1, Math.abs(value)), `${name} after ${step + 1}`);
          });
        });
      }
    });
  }
});

/** Means and biased variances of the three channels of [5, 3, 2]. */
function statisticsOf(data: readonly number[]): Float32Array {
  const channels = [0, 1, 2].map((channel) =>
    data.filter((_, index) => Math.floor(index / 2) % 3 === channel),
  );
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = (values: readonly number[]): number =>
    mean(values.map((value) => (value - mean(values)) ** 2));
  return Float32Array.from([...channels.map(mean), ...channels.map(variance)]);
}
