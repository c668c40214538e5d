import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildKernel } from '../../scripts/kernel.ts';
import { decodeSafetensors, type NamedTensor } from '../../src/engine/data/safetensors.ts';
import { runPaths } from '../../src/engine/runs/manifest.ts';
import { readStatistics } from '../../src/engine/runs/statisticsFile.ts';
import { recordTaps } from '../../src/engine/train/recording.ts';
import type { Trainer } from '../../src/engine/train/trainer.ts';
import { lowerModel } from '../../src/language/lower/lower.ts';
import { openTiny, temporaryFolders } from './support.ts';
import { TestEngine } from './testEngine.ts';

/** BatchNorms of each kind of momentum, dropout, and two batches a step. */
const model = `model: batch-norms
layers:
  - Linear: { out_features: 12, bias: false }
  - BatchNorm1d: { name: first }
  - ReLU
  - Residual: { name: block, norm: BatchNorm1d, body: [{ Linear: 12 }, ReLU, { Dropout: 0.2 }] }
  - BatchNorm1d: { name: last, momentum: null }
  - Linear: classes
train:
  data: { gaussian-blobs: { classes: 4, features: 6 } }
  loss: CrossEntropyLoss
  optimizer: { SGD: { lr: 0.1, momentum: 0.9 } }
  accumulate: 2
  batch: 16
  steps: 60
  seed: 5
  validate_every: 0
  checkpoint_every: 0
`;

describe('BatchNorm in training', () => {
  before(buildKernel);
  const folder = temporaryFolders();

  async function withTrainer<T>(use: (trainer: Trainer) => T | Promise<T>): Promise<T> {
    const { trainer } = await openTiny(folder(), model);
    try {
      return await use(trainer);
    } finally {
      await trainer.dispose();
    }
  }

  it('has the buffers of a PyTorch state dict, and their first values', async () => {
    await withTrainer((trainer) => {
      const tensors = trainer.parameterTensors();
      const names = tensors.map(({ name }) => name);
      assert.deepEqual(
        names.filter((name) => name.startsWith('block.norm')),
        ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked'].map(
          (name) => `block.norm.${name}`,
        ),
      );
      assert.deepEqual([...valueOf(trainer, 'first.running_mean')], new Array(12).fill(0));
      assert.deepEqual([...valueOf(trainer, 'first.running_var')], new Array(12).fill(1));
      assert.deepEqual([...valueOf(trainer, 'first.num_batches_tracked')], [0]);
      assert.equal(tensors.find(({ name }) => name.endsWith('tracked'))?.dtype, 'I64');
    });
  });

  it('moves the running statistics by every batch of a step, as PyTorch does (1e-5)', async () => {
    await withTrainer(async (trainer) => {
      let mean = new Float64Array(12);
      let variance = new Float64Array(12).fill(1);
      for (let step = 0; step < 3; step++) {
        for (const batch of [2 * step, 2 * step + 1]) {
          const x = await inputOf(trainer, batch, 'first');
          const found = columnMoments(x, 12);
          mean = mean.map((value, i) => 0.9 * value + 0.1 * found.mean[i]!);
          variance = variance.map((value, i) => 0.9 * value + 0.1 * (16 / 15) * found.variance[i]!);
        }
        await trainer.takeStep();
        assertClose(valueOf(trainer, 'first.running_mean'), mean, 1e-5);
        assertClose(valueOf(trainer, 'first.running_var'), variance, 1e-5);
        assert.deepEqual([...valueOf(trainer, 'first.num_batches_tracked')], [2 * step + 2]);
      }
    });
  });

  it('leaves them as they are until the step is accepted, and hashes them', async () => {
    await withTrainer(async (trainer) => {
      await trainer.takeStep();
      const before = Float32Array.from(valueOf(trainer, 'last.running_var'));
      const current = trainer.state.hash();
      const { hash } = await trainer.prepareStep();
      assert.deepEqual(valueOf(trainer, 'last.running_var'), before);
      assert.equal(trainer.state.hash(), current);
      trainer.acceptStep();
      assert.notDeepEqual(valueOf(trainer, 'last.running_var'), before);
      assert.equal(trainer.state.hash(), hash);
      const parameters = trainer.parametersHash();
      valueOf(trainer, 'last.running_var')[3]! += 1;
      assert.notEqual(trainer.state.hash(), hash);
      assert.notEqual(trainer.parametersHash(), parameters);
    });
  });

  it('goes on bit by bit from copied tensors, and from a snapshot', async () => {
    const whole = await withTrainer(async (trainer) => {
      for (let step = 0; step < 5; step++) await trainer.takeStep();
      const copy = new Map(
        trainer.tensors().map((one) => [one.name, { ...one, data: one.data.slice() }] as const),
      );
      const snapshot = trainer.snapshot();
      for (let step = 0; step < 5; step++) await trainer.takeStep();
      const end = trainer.parametersHash();
      trainer.adopt(snapshot, 5);
      for (let step = 0; step < 5; step++) await trainer.takeStep();
      assert.equal(trainer.parametersHash(), end, 'from the snapshot');
      return { copy, end };
    });
    await withTrainer(async (trainer) => {
      trainer.restore(whole.copy, 5);
      for (let step = 0; step < 5; step++) await trainer.takeStep();
      assert.equal(trainer.parametersHash(), whole.end);
    });
  });

  it('evaluates by the running statistics, which training does not look at', async () => {
    await withTrainer(async (trainer) => {
      for (let step = 0; step < 40; step++) await trainer.takeStep();
      const validation = (await trainer.validate())!.loss;
      const training = await lossOf(trainer, 90);
      // Both are of the same data; only dropout is a difference.
      assert.ok(Math.abs(validation - training) < 0.3, `${validation} and ${training}`);
      valueOf(trainer, 'last.running_mean').fill(10);
      const shifted = (await trainer.validate())!.loss;
      assert.ok(shifted > validation + 1, `${shifted} and ${validation}`);
      assert.equal(await lossOf(trainer, 90), training);
    });
  });

  it('starts from weights with a count of batches or without one', async () => {
    const tensors = await withTrainer(async (trainer) => {
      await trainer.takeStep();
      return trainer.parameterTensors().map((one) => ({ ...one, data: one.data.slice() }));
    });
    const countOf = async (given: readonly NamedTensor[]): Promise<number> => {
      const initial = new Map(given.map((one) => [one.name, one]));
      const { trainer } = await openTiny(folder(), model, initial);
      const count = valueOf(trainer, 'first.num_batches_tracked')[0]!;
      assert.ok(valueOf(trainer, 'first.running_mean').some((value) => value !== 0));
      await trainer.dispose();
      return count;
    };
    assert.equal(await countOf(tensors), 2);
    assert.equal(await countOf(tensors.filter(({ name }) => !name.endsWith('tracked'))), 0);
    await assert.rejects(countOf(tensors.filter(({ name }) => !name.endsWith('_mean'))), {
      code: 'init-missing',
    });
  });
});

describe('BatchNorm in a run', () => {
  before(buildKernel);
  const folder = temporaryFolders();
  let engine: TestEngine;
  beforeEach(() => (engine = new TestEngine()));
  afterEach(() => engine.close());

  it('is found again by hash at any step, and recorded with its running statistics', async () => {
    await engine.open(folder(), model);
    await engine.ask.attach({ snapshotEvery: 10 });
    await engine.train(30);
    for (const step of [17, 3, 28]) {
      const result = await engine.ask.goTo({ step });
      assert.deepEqual([result.step, result.verified], [step, true]);
    }
    const { taps } = await engine.ask.record(null);
    const found = (name: string) => taps.find((tap) => tap.name === `first.${name}`)?.statistics;
    assert.equal(found('buffer:num_batches_tracked')?.mean, 56);
    assert.equal(found('buffer:running_var')?.count, 12);
    assert.ok(Math.abs(found('mean:out')!.mean - found('bias')!.mean) < 1e-9);
    const { text } = await engine.ask.evaluate({ expression: 'mean(mean:in)', path: 'first' });
    assert.ok(Math.abs(Number(text) - found('mean:in')!.mean) < 1e-4, text);
  });

  it('exports what PyTorch loads: buffers by name, the count as int64', async () => {
    const place = folder();
    await engine.open(place, model);
    await engine.train(4);
    const file = path.join(place, 'weights.safetensors');
    await engine.ask.exportParameters({ file });
    const bytes = readFileSync(file);
    const header = JSON.parse(
      bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())).toString(),
    ) as Record<string, { dtype: string; shape: number[] }>;
    assert.deepEqual(
      [header['last.num_batches_tracked'], header['last.running_mean']].map((entry) => [
        entry?.dtype,
        entry?.shape,
      ]),
      [
        ['I64', []],
        ['F32', [12]],
      ],
    );
    const { tensors } = decodeSafetensors(bytes, 'weights');
    assert.deepEqual([...tensors.get('last.num_batches_tracked')!.data], [8]);
  });

  it('writes statistics whose rows are channels: the output has the mean and variance of bias and gain', async () => {
    const info = await engine.open(folder(), model);
    await engine.train(2);
    const { steps, norms } = await readStatistics(runPaths(info.directory).statistics);
    assert.deepEqual(norms, ['first', 'block.norm', 'last']);
    // Before the first update every gain is 1 and every bias 0.
    const [inMean, inVariance, outMean, outVariance] = steps[0]!.norms;
    assert.ok(Number.isFinite(inMean) && inVariance! > 0);
    assert.equal(outMean, 0);
    assert.ok(Math.abs(outVariance! - 1) < 1e-3);
  });
});

function valueOf(trainer: Trainer, name: string): Float32Array {
  return trainer.parameterTensors().find((tensor) => tensor.name === name)!.data;
}

async function inputOf(trainer: Trainer, batch: number, layer: string): Promise<Float32Array> {
  const { model: checked, threads } = trainer.options;
  const feeds = trainer.feedsOf(batch);
  const wanted = (tap: string): boolean => tap === `${layer}.in`;
  const forward = lowerModel(checked, { mode: 'training' });
  for await (const { data } of recordTaps({ forward, threads, feeds, wanted })) {
    return data as Float32Array;
  }
  throw new Error(`no ${layer}.in`);
}

async function lossOf(trainer: Trainer, batch: number): Promise<number> {
  trainer.feedsOf(batch);
  return trainer.currentLoss();
}

function columnMoments(x: Float32Array, columns: number) {
  const column = (i: number): number[] => [...x].filter((_, index) => index % columns === i);
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const all = Array.from({ length: columns }, (_, i) => column(i));
  return {
    mean: all.map(mean),
    variance: all.map((values) => mean(values.map((value) => (value - mean(values)) ** 2))),
  };
}

function assertClose(found: Float32Array, wanted: Float64Array, tolerance: number): void {
  wanted.forEach((value, i) => {
    const error = Math.abs(found[i]! - value) / Math.max(1, Math.abs(value));
    assert.ok(error <= tolerance, `[${i}]: ${found[i]} and not ${value}`);
  });
}
