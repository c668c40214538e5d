import assert from 'node:assert/strict';
import { buildKernel } from '../../scripts/kernel.ts';
import { StreamMeter } from '../../src/engine/train/streamMeter.ts';
import { recordTaps } from '../../src/engine/train/recording.ts';
import type { Trainer } from '../../src/engine/train/trainer.ts';
import { lowerModel } from '../../src/language/lower/lower.ts';
import type { StreamEvent } from '../../src/protocol/engine.ts';
import { tensorStatistics } from '../../src/statistics/definitions.ts';
import { branchRatio, poolRows } from '../../src/statistics/stream.ts';
import { openTiny, temporaryFolders, tinyGpt } from './support.ts';
import { TestEngine } from './testEngine.ts';

/** Moments of the taps of residuals, from their elements in float64. */
async function expectedMoments(trainer: Trainer): Promise<ReadonlyMap<string, readonly number[]>> {
  const forward = lowerModel(trainer.options.model, { mode: 'training' });
  const { threads } = trainer.options;
  const found = new Map<string, readonly number[]>();
  const wanted = (tap: string): boolean => /\.(skip|branch|sum)$/.test(tap);
  for await (const { path, name, data } of recordTaps({
    forward,
    threads,
    feeds: trainer.nextFeeds,
    wanted,
  })) {
    const { mean, var: variance } = tensorStatistics(data as Float32Array);
    found.set(`${path}.${name}`, [Math.sqrt(mean ** 2 + variance), variance]);
  }
  return found;
}

describe('the residual stream', () => {
  before(buildKernel);
  const folder = temporaryFolders();

  it('is measured as its taps say, in float64', async () => {
    const { trainer } = await openTiny(folder(), tinyGpt({ dropout: 0.1 }));
    const meter = await StreamMeter.create(trainer);
    assert.ok(meter);
    try {
      for (let step = 0; step < 3; step++) await trainer.takeStep();
      const points = await meter.measure();
      const expected = await expectedMoments(trainer);
      assert.equal(3 * points.length, expected.size);
      for (const point of points) {
        for (const place of ['skip', 'branch', 'sum'] as const) {
          const [rms = NaN, variance = NaN] = expected.get(`${point.path}.${place}`) ?? [];
          const name = `${point.path}.${place}`;
          assert.ok(Math.abs(point[place].rms / rms - 1) < 1e-5, `${name} rms ${rms}`);
          assert.ok(Math.abs(point[place].var / variance - 1) < 1e-5, `${name} var ${variance}`);
        }
      }
    } finally {
      await meter.dispose();
      await trainer.dispose();
    }
  });

  it('changes no step of the training', async () => {
    const losses = async (isMeasured: boolean): Promise<readonly unknown[]> => {
      const { trainer } = await openTiny(folder(), tinyGpt({ dropout: 0.1 }));
      const meter = isMeasured ? await StreamMeter.create(trainer) : undefined;
      const found: unknown[] = [];
      for (let step = 0; step < 5; step++) {
        found.push((await trainer.takeStep()).loss);
        await meter?.measure();
      }
      await meter?.dispose();
      found.push(trainer.parametersHash());
      await trainer.dispose();
      return found;
    };
    assert.deepEqual(await losses(true), await losses(false));
  });

  it('pools rows whose mean is much larger than their spread', () => {
    const rows = [Float64Array.of(1000.5, 1001.5), Float64Array.of(999, 1003)];
    const { rms, var: variance } = poolRows(Float32Array.of(1001, 1001), Float32Array.of(0.25, 4));
    const all = rows.flatMap((row) => [...row]);
    const mean = all.reduce((a, b) => a + b) / 4;
    const expected = all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 4;
    assert.equal(variance, expected);
    assert.ok(Math.abs(rms - Math.hypot(mean, Math.sqrt(expected))) < 1e-9);
    const other = poolRows(Float32Array.of(0, 2), Float32Array.of(0, 0));
    assert.deepEqual(other, { rms: Math.sqrt(2), var: 1 }, 'means of rows that differ count');
    assert.equal(branchRatio({ skip: other, branch: { rms: 3, var: 4 } }), 4);
  });

  it('is told by the engine at a pause, to those who watch', async () => {
    const engine = new TestEngine();
    const told: readonly StreamEvent[] = engine.streams;
    await engine.open(folder(), tinyGpt({ steps: 30 }));
    await engine.train(2);
    assert.equal(told.length, 0, 'nobody watches');
    await engine.ask.watchStream({ isWatched: true });
    assert.deepEqual(
      told.map(({ step, points }) => [step, points.map(({ path }) => path)]),
      [[2, ['blocks.0.attention', 'blocks.0.mlp', 'blocks.1.attention', 'blocks.1.mlp']]],
      'where it stands',
    );
    await engine.train(3);
    assert.equal(told.map(({ step }) => step).at(-1), 5, 'at the next pause');
    await engine.ask.watchStream({ isWatched: false });
    await engine.train();
    assert.equal(told.map(({ step }) => step).at(-1), 5);
    await engine.close();
  });
});
