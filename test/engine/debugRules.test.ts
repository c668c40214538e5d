import assert from 'node:assert/strict';
import { buildKernel } from '../../scripts/kernel.ts';
import type { BreakpointReport, EngineBreakpoint } from '../../src/protocol/debug.ts';
import { temporaryFolders, tinyGpt, type TinyModel } from './support.ts';
import { TestEngine } from './testEngine.ts';

describe('rules in a run', function () {
  this.timeout(60_000);
  before(buildKernel);
  const folder = temporaryFolders();
  let engine: TestEngine;
  beforeEach(() => (engine = new TestEngine()));
  afterEach(() => engine.close());

  async function watch(
    rule: string,
    condition: string,
    model: TinyModel = {},
  ): Promise<BreakpointReport> {
    await engine.open(folder(), tinyGpt(model).replaceAll('GELU', 'ReLU'));
    const breakpoint: EngineBreakpoint = { id: 1, kind: 'rule', rule, phase: 'forward', condition };
    const [report] = await engine.ask.setBreakpoints({ breakpoints: [breakpoint] });
    return report!;
  }

  it('compute the taps that they need, as often as their condition says', async () => {
    const report = await watch('attention-entropy', 'share < 2 for 2 every 3');
    assert.deepEqual(report, {
      id: 1,
      verified: true,
      cost: 'record',
      message:
        'One step in 3 computes blocks.0.attention.0.weights, blocks.1.attention.0.weights once more for this.',
    });
    await engine.train();
    await engine.train();
    assert.deepEqual(
      engine.stops.map(({ step, path, reason }) => [step, path, reason]),
      [
        [3, 'blocks.0.attention.0', 'exception'],
        [6, 'blocks.0.attention.0', 'exception'],
      ],
    );
    // The number of the rule, from its definition, over the record of the same step.
    const expression = 'sum(weights * log(weights + 1e-30))';
    const { value } = await engine.ask.evaluate({ expression, path: 'blocks.0.attention.0' });
    const [share] = /(?<=share )[\d.]+/.exec(engine.stops[1]?.text ?? '') ?? [];
    const most = Array.from({ length: 12 }, (_, i) => Math.log(i + 1)).reduce((a, b) => a + b);
    const average = -value! / (4 * 2 * most);
    // The rule averages shares, of the lower of two heads: about the same.
    assert.ok(Math.abs(Number(share) - average) < 0.1, `${share}, ${average}`);
  });

  it('of the first step look at no other, and leave the numbers of the run alone', async () => {
    const report = await watch('poor-init', 'factor > 0.01');
    assert.match(
      report.message ?? '',
      /^The first step computes 4\.in, 4\.out|^The first step computes/,
    );
    const { step } = await engine.train();
    assert.equal(step, 0);
    assert.deepEqual([(await engine.train(30)).step, engine.stops.length], [30, 1]);
    assert.equal((await engine.ask.goTo({ step: 7 })).verified, true);
  });

  it('say when a model has no such layer', async () => {
    const report = await watch('saturated', 'share > 0.5');
    assert.deepEqual([report.verified, report.cost], [false, 'none']);
    assert.match(
      report.message ?? '',
      /this model has no layer that Saturated Activation is about/,
    );
  });

  it('see validations', async () => {
    await watch('overfit', 'gap > -1', { train: '  validate_every: 10\n  checkpoint_every: 0' });
    await engine.train();
    const [stop] = engine.stops;
    assert.deepEqual([stop?.step, stop?.phase, stop?.path], [10, 'loss', 'loss']);
    assert.match(stop?.text ?? '', /^Overfitting: gap -?[\d.e-]+, train \d/);
  });

  it('conditions look as seldom as they say, and count looks', async () => {
    await engine.open(folder(), tinyGpt());
    const [report] = await engine.ask.setBreakpoints({
      breakpoints: [
        {
          id: 1,
          kind: 'line',
          path: 'final',
          phase: 'forward',
          condition: 'max(abs(xhat)) > 0 for 3 every 4',
        },
      ],
    });
    assert.equal(report?.cost, 'record');
    assert.match(report.message ?? '', /^One step in 4 computes final\.xhat once more for this\.$/);
    await engine.train();
    await engine.train();
    assert.deepEqual(
      engine.stops.map(({ step }) => step),
      [8, 12],
    );
  });

  it('remember hits and streaks when the run goes back', async () => {
    await engine.open(folder(), tinyGpt());
    const place = { kind: 'line', path: 'final', phase: 'forward' } as const;
    await engine.ask.setBreakpoints({
      breakpoints: [
        { ...place, id: 1, hitCondition: '8' },
        { ...place, id: 2, condition: 'loss > 0 for 10' },
      ],
    });
    assert.equal((await engine.train()).step, 7);
    assert.equal((await engine.train()).step, 9);
    await engine.ask.goTo({ step: 4 });
    assert.equal((await engine.train()).step, 7);
    assert.equal((await engine.train()).step, 9);
    const counts = new Map((await engine.ask.hitCounts(null)).map(({ id, count }) => [id, count]));
    assert.equal(counts.get(1), 9);
  });
});
