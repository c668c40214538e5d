import assert from 'node:assert/strict';
import { buildKernel } from '../../scripts/kernel.ts';
import { recordTaps } from '../../src/engine/train/recording.ts';
import { HistogramMeter } from '../../src/engine/train/histogramMeter.ts';
import { StreamMeter } from '../../src/engine/train/streamMeter.ts';
import type { Trainer } from '../../src/engine/train/trainer.ts';
import { lowerModel } from '../../src/language/lower/lower.ts';
import { openTiny, temporaryFolders } from './support.ts';

/** A block with a skip and one with a projection, ReLU after both; means as far from nought as biases of `offset` put them. */
function pictures(offset: number): string {
  const shift = `init: { bias: { constant: { val: ${offset} } } }`;
  return `model: pictures
layers:
  - Conv2d: { out_channels: 4, kernel_size: 3, padding: 1, ${shift} }
  - BatchNorm2d: { name: stem }
  - Residual:
      name: same
      after: ReLU
      body: [{ Conv2d: { out_channels: 4, kernel_size: 3, padding: 1 } }, { BatchNorm2d: { name: bn } }]
  - Residual:
      name: down
      norm: BatchNorm2d
      placement: none
      shortcut: projection
      after: ReLU
      body: [{ Conv2d: { out_channels: 6, kernel_size: 3, stride: 2, padding: 1, ${shift} } }]
  - GroupNorm: { name: group, num_groups: 2 }
  - Flatten
  - LayerNorm: { name: plain }
  - Linear: classes
train:
  data: { shapes: { size: 8, channels: 3 } }
  loss: CrossEntropyLoss
  optimizer: { SGD: { lr: 0.05 } }
  batch: 8
  steps: 20
  seed: 3
`;
}

interface Exact {
  readonly mean: readonly number[];
  readonly var: readonly number[];
}

/** Mean and biased variance of each channel (the second axis) in two float64 passes, by tap. */
async function exactChannels(trainer: Trainer): Promise<(tap: string) => Exact> {
  const forward = lowerModel(trainer.options.model, { mode: 'training' });
  const found = new Map<string, Exact>();
  const wanted = (tap: string): boolean => /\.(in|out|branch)$/.test(tap);
  const feeds = trainer.nextFeeds;
  for await (const { path, name, shape, data } of recordTaps({
    ...{ forward, threads: 1, feeds, wanted },
  })) {
    const [, channels = 1, ...size] = shape;
    const inner = size.reduce((product, axis) => product * axis, 1);
    const of: number[][] = Array.from({ length: channels }, () => []);
    (data as Float32Array).forEach((x, i) => of[Math.floor(i / inner) % channels]!.push(x));
    const average = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;
    const mean = of.map(average);
    const variance = of.map((list, c) => average(list.map((x) => (x - mean[c]!) ** 2)));
    found.set(`${path}.${name}`, { mean, var: variance });
  }
  return (tap) => found.get(tap) ?? assert.fail(`no tap ${tap}`);
}

function assertClose(found: ArrayLike<number>, wanted: readonly number[], within: number): void {
  assert.equal(found.length, wanted.length);
  wanted.forEach((value, i) => {
    assert.ok(Math.abs(found[i]! - value) <= within, `${i}: ${found[i]}, expected ${value}`);
  });
}

/** Against two float64 passes over the very values: 1e-5 of what is measured; of means, of their scale. */
describe('what the charts show of channels', function () {
  this.timeout(60_000);
  before(buildKernel);
  const folder = temporaryFolders();

  async function withTrainer(offset: number, use: (trainer: Trainer) => Promise<void>) {
    const { trainer } = await openTiny(folder(), pictures(offset));
    try {
      for (let step = 0; step < 4; step++) await trainer.takeStep();
      await use(trainer);
    } finally {
      await trainer.dispose();
    }
  }

  for (const offset of [0, 100]) {
    it(`signal propagation along the residuals, means around ${offset}`, async () => {
      await withTrainer(offset, async (trainer) => {
        const meter = await StreamMeter.create(trainer);
        const points = (await meter?.measure()) ?? [];
        await meter?.dispose();
        const exact = await exactChannels(trainer);
        assert.deepEqual(
          points.map(({ path }) => path),
          ['same', 'down'],
        );
        const average = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;
        for (const { path, signal } of points) {
          const [out, branch] = [exact(`${path}.out`), exact(`${path}.branch`)];
          const { squaredMean, variance, branchVariance } = signal;
          const wanted = [
            average(out.mean.map((mean) => mean ** 2)),
            average(out.var),
            average(branch.var),
          ];
          // As shares of what is expected.
          const found = [squaredMean, variance, branchVariance].map((x, i) => x / wanted[i]!);
          assertClose(found, [1, 1, 1], 1e-5);
        }
      });
    });
  }

  it('a BatchNorm has its batch beside its running statistics, a GroupNorm its channels alone', async () => {
    await withTrainer(3, async (trainer) => {
      const exact = await exactChannels(trainer);
      const channelsOf = async (norm: string) => {
        const meter = await HistogramMeter.create(trainer, norm);
        const { channels } = (await meter?.measure()) ?? {};
        await meter?.dispose();
        return channels;
      };
      for (const norm of ['stem', 'same.bn', 'group']) {
        const [before, after] = [exact(`${norm}.in`), exact(`${norm}.out`)];
        const found = (await channelsOf(norm)) ?? assert.fail(norm);
        assertClose(found.inMean, before.mean, 1e-5);
        assertClose(found.inVar, before.var, 1e-5);
        assertClose(found.outMean, after.mean, 1e-5);
        assertClose(found.outVar, after.var, 1e-5);
        assert.equal(found.running !== undefined, norm !== 'group', norm);
      }
      const { running } = (await channelsOf('stem')) ?? {};
      const buffer = (name: string) =>
        trainer.parameterTensors().find((tensor) => tensor.name === `stem.${name}`)?.data ?? [];
      assertClose(running?.mean ?? [], [...(buffer('running_mean') as Float32Array)], 0);
      assertClose(running?.var ?? [], [...(buffer('running_var') as Float32Array)], 0);
      // Four steps with momentum 0.1 from 0 are a third of the way to a mean of 3.
      assert.ok(running && running.distance.mean > 1, 'far from the batch');
      assert.equal(await channelsOf('plain'), undefined, 'a norm over features has none');
    });
  });
});
