import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { probeSeeds } from './probeModel.ts';

/** ResNet-18 on pictures of 96 × 96, few of them so that the test is quick. */
const text = readFileSync(
  path.join(import.meta.dirname, '../../examples/resnet-18.model.yaml'),
  'utf8',
)
  .replace(/data: .*/, 'data: { shapes: { size: 96, channels: 3 } }')
  .replace(/epochs: \d+/, 'steps: 1')
  .replace(/batch: \d+/, 'batch: 6');

/**
 * Signal propagation of a ResNet at initialization on standard-normal pictures (Brock, De and Smith 2021): a branch that ends in
 * BatchNorm has variance 1; where a normed projection is added to it, the ReLU of a sum of variance 2 has mean² 1/π and variance
 * 1 − 1/π; from there both grow along a stage, as identity skips add branch upon branch.
 */
describe('signal propagation at initialization', function () {
  this.timeout(120_000);

  it('has the closed forms after each transition (3 %), and grows in between', async () => {
    const [report] = await probeSeeds(text, 1, 'layer*.*.{out,branch}');
    const near = (found: number | undefined, wanted: number, what: string): void => {
      const error = Math.abs((found ?? NaN) / wanted - 1);
      assert.ok(error < 0.03, `${what}: ${found}, expected ${wanted}`);
    };
    for (const stage of ['layer2', 'layer3', 'layer4']) {
      const first = report?.signal[`${stage}.0`];
      const second = report?.signal[`${stage}.1`];
      near(first?.squaredMean, 1 / Math.PI, `mean² of ${stage}.0`);
      near(first?.variance, 1 - 1 / Math.PI, `variance of ${stage}.0`);
      near(first?.branchVariance, 1, `branch of ${stage}.0`);
      near(second?.branchVariance, 1, `branch of ${stage}.1`);
      assert.ok(first && second && second.variance > 1.3 * first.variance, stage);
      assert.ok(second.squaredMean > 1.5 * first.squaredMean, stage);
    }
  });

  it('comes with mean and variance of every channel around each norm', async () => {
    const [report] = await probeSeeds(text, 1, 'layer2.0.bn1.{mean,var,buffer}:*');
    const channels = report?.channels['layer2.0.bn1'];
    assert.ok(channels?.running);
    assert.deepEqual(
      [channels.inMean, channels.inVar, channels.outMean].map((list) => list.length),
      [128, 128, 128],
    );
    // Gain 1 and bias 0: the output has what the norm is for, up to its eps.
    channels.outMean.forEach((mean) => assert.equal(mean, 0));
    channels.outVar.forEach((variance) => assert.ok(Math.abs(variance - 1) < 1e-4));
    assert.deepEqual(channels.running.mean, new Array(128).fill(0));
    assert.ok(channels.running.distance.mean > 0);
  });
});
