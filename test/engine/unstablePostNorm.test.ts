import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildKernel } from '../../scripts/kernel.ts';
import type { StepRecord } from '../../src/engine/train/trainer.ts';
import { normColumns, normWidth } from '../../src/statistics/taps.ts';
import { openTiny, temporaryFolders } from './support.ts';

const file = path.join(import.meta.dirname, '../../examples/unstable-post-norm.model.yaml');
const text = readFileSync(file, 'utf8');
/** Enough to tell: a run that learns is at a loss below 1 by then. */
const steps = 60;
/** The loss of guessing evenly among the 10 symbols. */
const guessing = Math.log(10);

/** What docs/diverges.md says of its example. */
describe('the example that diverges', function () {
  this.timeout(120_000);
  before(buildKernel);
  const folder = temporaryFolders();

  async function train(modelText: string): Promise<readonly StepRecord[]> {
    const { trainer } = await openTiny(folder(), modelText);
    try {
      const taken: StepRecord[] = [];
      for (let step = 0; step < steps; step++) taken.push(await trainer.takeStep());
      return taken;
    } finally {
      await trainer.dispose();
    }
  }

  const lossAtEnd = (taken: readonly StepRecord[]): number =>
    taken.slice(-10).reduce((sum, { loss }) => sum + loss, 0) / 10;

  it('never learns more than to guess, while the variance before its last norm grows', async () => {
    const taken = await train(text);
    const losses = taken.map(({ loss }) => loss);
    assert.ok(Math.max(...losses.slice(0, 5)) > losses[0]! + 0.1, 'the loss rises first');
    assert.ok(Math.abs(lossAtEnd(taken) - guessing) < 0.1, `loss ${lossAtEnd(taken)}`);
    const variance = ({ norms }: StepRecord): number =>
      norms[norms.length - normWidth + normColumns.indexOf('in.var')]!;
    const [before, after] = [variance(taken[0]!), variance(taken.at(-1)!)];
    assert.ok(before < 2 && after > 50, `variance ${before} → ${after}`);
  });

  for (const [change, cured] of [
    ['a warm-up', text.replace('warmup: 0', 'warmup: 100')],
    ['pre-norm', text.replaceAll('placement: post', 'placement: pre')],
  ] as const) {
    it(`is cured by ${change}`, async () => {
      assert.notEqual(cured, text);
      const loss = lossAtEnd(await train(cured));
      assert.ok(loss < 1.2, `loss ${loss}`);
    });
  }
});
