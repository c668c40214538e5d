import assert from 'node:assert/strict';
import { buildKernel } from '../../scripts/kernel.ts';
import type { HistogramEvent } from '../../src/protocol/engine.ts';
import { histogramOf } from '../../src/statistics/histogram.ts';
import { temporaryFolders, tinyGpt } from './support.ts';
import { TestEngine } from './testEngine.ts';

const norm = 'blocks.1.mlp.norm';
/** Of the model of the tests. */
const width = 16;

describe('histograms before and after a norm', function () {
  this.timeout(60_000);
  before(buildKernel);
  const folder = temporaryFolders();
  let engine: TestEngine;
  beforeEach(() => (engine = new TestEngine()));
  afterEach(() => engine.close());

  async function told(path: string | null): Promise<HistogramEvent | undefined> {
    const before = engine.histograms.length;
    await engine.ask.watchHistogram({ norm: path });
    return engine.histograms.slice(before).at(-1);
  }

  async function elements(tap: string): Promise<Float32Array> {
    const { data } = await engine.ask.tensor({ tap: `${norm}.${tap}`, offset: 0, count: 1e6 });
    return Float32Array.from(data);
  }

  it('are of the very elements that the record of the step has', async () => {
    await engine.open(folder(), tinyGpt());
    await engine.train(7);
    const histogram = await told(norm);
    assert.deepEqual([histogram?.step, histogram?.norm], [7, norm]);
    await engine.ask.attach({});
    await engine.ask.record(null);
    for (const [place, tap] of [
      ['before', 'in'],
      ['after', 'out'],
    ] as const) {
      assert.deepEqual(histogram?.[place], histogramOf(await elements(tap)), place);
    }
  });

  it('follow from a LayerNorm in float64, but for two elements at an edge', async () => {
    await engine.open(folder(), tinyGpt());
    await engine.train(5);
    const found = (await told(norm))!.after;
    await engine.ask.attach({});
    await engine.ask.record(null);
    const [input, gain, bias] = await Promise.all([
      elements('in'),
      elements('gain'),
      elements('bias'),
    ]);
    const exact = Float64Array.from(input, (x, i) => {
      const row = input.subarray(i - (i % width), i - (i % width) + width);
      const mean = row.reduce((a, b) => a + b, 0) / width;
      const variance = row.reduce((sum, y) => sum + (y - mean) ** 2, 0) / width;
      return ((x - mean) / Math.sqrt(variance + 1e-5)) * gain[i % width]! + bias[i % width]!;
    });
    let cumulated = found.below;
    for (const [bin, count] of found.counts.entries()) {
      const edge = found.low + ((found.high - found.low) * bin) / found.counts.length;
      const below = exact.filter((x) => x < edge).length;
      assert.ok(Math.abs(cumulated - below) <= 2, `${bin}: ${cumulated} for ${below}`);
      cumulated += count;
    }
    assert.equal(cumulated + found.above, input.length);
  });

  it('have the mean that the step then tells, to 1e-5 of the standard deviation', async () => {
    await engine.open(folder(), tinyGpt());
    await engine.train(4);
    const { before, after } = (await told(norm))!;
    await engine.train(1);
    const index = engine.info!.norms.findIndex(({ path }) => path === norm);
    const { first, norms } = engine.steps.at(-1);
    assert.equal(first, 4);
    const [inMean = NaN, , outMean = NaN] = norms.slice(index * 12);
    assert.ok(Math.abs(before.mean - inMean) < 1e-5 * Math.sqrt(before.var));
    assert.ok(Math.abs(after.mean - outMean) < 1e-5 * Math.sqrt(after.var));
  });

  it('come while it trains, change nothing of the training, and cease', async () => {
    await engine.open(folder(), tinyGpt({ steps: 12 }));
    await engine.train();
    const unwatched = await engine.ask.stop(null);
    await engine.close();
    engine = new TestEngine();
    await engine.open(folder(), tinyGpt({ steps: 12 }));
    await engine.ask.watchHistogram({ norm });
    const first = engine.histograms.at(-1);
    assert.equal(first.step, 0);
    await engine.train(3);
    assert.equal(engine.histograms.at(-1).step, 3, 'where it stands still');
    await told('blocks.0.mlp.norm');
    assert.equal(engine.histograms.at(-1).norm, 'blocks.0.mlp.norm');
    assert.equal(await told(null), undefined);
    assert.equal(await told('no.such.norm'), undefined);
    const count = engine.histograms.length;
    await engine.ask.watchHistogram({ norm: null });
    await engine.train();
    const watched = await engine.ask.stop(null);
    assert.equal(watched.parametersHash, unwatched.parametersHash);
    assert.equal(engine.histograms.length, count);
  });
});
