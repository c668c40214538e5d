import assert from 'node:assert/strict';
import { buildKernel } from '../../scripts/kernel.ts';
import { lowerModel } from '../../src/language/lower/lower.ts';
import { recordTaps } from '../../src/engine/train/recording.ts';
import type { Trainer } from '../../src/engine/train/trainer.ts';
import { channelStatistics } from '../../src/statistics/channels.ts';
import { normColumns, normWidth, type NormColumn } from '../../src/statistics/taps.ts';
import { openTiny, temporaryFolders } from './support.ts';

/** Norms over channels and groups, their inputs around `offset`. */
function model(offset: number): string {
  return `model: rows
layers:
  - Linear: { out_features: 48, name: wide }
  - Reshape: { shape: [4, 4, 3], name: map }
  - Linear: { out_features: 3, init: { bias: { constant: { val: ${offset} } } } }
  - BatchNorm2d: { name: batch }
  - Linear: { out_features: 3, from: map, init: { bias: { constant: { val: ${offset} } } } }
  - GroupNorm: { num_groups: 2, name: group }
  - Linear: { out_features: 5, from: wide, init: { bias: { constant: { val: ${offset} } } } }
  - BatchNorm1d: { name: features }
  - Flatten: { from: batch, name: a }
  - Flatten: { from: group, name: b }
  - Concat: [a, b, features]
  - Linear: classes
train:
  data: { gaussian-blobs: { classes: 4, features: 6 } }
  loss: CrossEntropyLoss
  optimizer: { SGD: { lr: 0.5 } }
  batch: 16
  steps: 60
  seed: 5
`;
}

/** Rows of each norm in its own axes: [cases, channels or groups, elements] of the tap. */
const views: Readonly<Record<string, readonly [axis: 1, shape: readonly number[]]>> = {
  batch: [1, [16, 4, 12]],
  features: [1, [16, 5]],
};

/**
 * Statistics that leave the program against two float64 passes over the very values: means within 1e-6 of the scale, variances
 * within 1e-5; after a BatchNorm, where they follow from gain and bias, within what float32 makes of its output.
 */
describe('statistics of norms over channels', () => {
  before(buildKernel);
  const folder = temporaryFolders();

  for (const [offset, outTolerance] of [
    [0, 1e-5],
    [1000, 1e-3],
  ] as const) {
    it(`inputs around ${offset}`, async () => {
      const { trainer } = await openTiny(folder(), model(offset));
      try {
        // Gains and biases of their own.
        for (let step = 0; step < 5; step++) await trainer.takeStep();
        const taps = await valuesOf(trainer);
        const { norms } = await trainer.takeStep();
        trainer.program.norms.forEach(({ path }, index) => {
          const view = views[path];
          if (view === undefined) return;
          const [axis, shape] = view;
          const column = (name: NormColumn): number =>
            norms[index * normWidth + normColumns.indexOf(name)]!;
          for (const place of ['in', 'out'] as const) {
            const found = channelStatistics(taps.get(`${path}.${place}`)!, shape, axis);
            const scale = place === 'in' ? Math.max(1, offset) : 1;
            const tolerance = place === 'in' ? 1e-5 : outTolerance;
            const near = (name: 'mean' | 'var', values: Float64Array): void => {
              const wanted = [
                values.reduce((sum, value) => sum + value, 0) / values.length,
                Math.min(...values),
                Math.max(...values),
              ];
              const columns = ['', '.min', '.max'] as const;
              columns.forEach((suffix, at) => {
                const value = column(`${place}.${name}${suffix}`);
                const allowed =
                  name === 'mean'
                    ? (place === 'in' ? 1e-6 : outTolerance) * scale
                    : tolerance * wanted[at]!;
                const error = Math.abs(value - wanted[at]!);
                assert.ok(error <= allowed, `${path}.${place}.${name}${suffix}: off by ${error}`);
              });
            };
            near('mean', found.mean);
            near('var', found.var);
          }
        });
        checkGroups(trainer, norms, taps);
      } finally {
        await trainer.dispose();
      }
    });
  }
});

/** A group norm's rows are the groups of each case. */
function checkGroups(
  trainer: Trainer,
  norms: Float32Array,
  taps: ReadonlyMap<string, Float32Array>,
): void {
  const index = trainer.program.norms.findIndex(({ path }) => path === 'group');
  const found = channelStatistics(taps.get('group.in')!, [32, 24], 0);
  const mean = found.var.reduce((sum, value) => sum + value, 0) / 32;
  const recorded = norms[index * normWidth + normColumns.indexOf('in.var')]!;
  assert.ok(Math.abs(recorded / mean - 1) < 1e-3, `${recorded} and ${mean}`);
}

async function valuesOf(trainer: Trainer): Promise<ReadonlyMap<string, Float32Array>> {
  const { model: checked, threads } = trainer.options;
  const forward = lowerModel(checked, { mode: 'training' });
  const feeds = trainer.feedsOf(trainer.step);
  const wanted = (tap: string): boolean => /^(batch|group|features)\.(in|out)$/.test(tap);
  const found = new Map<string, Float32Array>();
  for await (const { path, name, data } of recordTaps({ forward, threads, feeds, wanted })) {
    found.set(`${path}.${name}`, data as Float32Array);
  }
  return found;
}
