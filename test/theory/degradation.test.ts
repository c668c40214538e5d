import assert from 'node:assert/strict';
import { openTrainer } from './probeModel.ts';

/** A net of `depth` linear layers of width 48, all but the last with BatchNorm, in blocks of two with a skip or without. */
function network(depth: number, shortcut: 'identity' | 'none'): string {
  const linear = '{ Linear: { out_features: 48, bias: false } }';
  return `model: degradation
layers:
  - ${linear}
  - BatchNorm1d
  - ReLU
  - Repeat:
      times: ${(depth - 2) / 2}
      name: blocks
      body:
        - Residual:
            shortcut: ${shortcut}
            after: ReLU
            body: [${linear}, BatchNorm1d, ReLU, ${linear}, BatchNorm1d]
  - Linear: classes
init: { Linear: { weight: { kaiming_normal: { nonlinearity: relu } } } }
train:
  data: { two-spirals: { turns: 2, noise: 0.02 } }
  loss: CrossEntropyLoss
  optimizer: { SGD: { lr: 0.1, momentum: 0.9, weight_decay: 5e-4 } }
  batch: 128
  steps: 500
  seed: 1
`;
}

/** Mean loss of the last 100 of 500 steps. */
async function trained(depth: number, shortcut: 'identity' | 'none'): Promise<number> {
  const trainer = await openTrainer(network(depth, shortcut), 1);
  let sum = 0;
  for (let step = 0; step < 500; step++) {
    const { loss } = await trainer.takeStep();
    if (step >= 400) sum += loss;
  }
  await trainer.dispose();
  return sum / 100;
}

/**
 * The degradation problem of He et al. 2015 in small: with BatchNorm and all, a plain net trains worse when it is deep, and the
 * same net with skips does not. Measured: plain 0.087 at depth 10 and 0.58 at 42, residual 0.074 and 0.110; what is asserted
 * leaves room for another rounding. `bench/degradation.ts` has the whole table.
 */
describe('degradation', function () {
  this.timeout(300_000);

  it('a deep plain net is far worse than a shallow one, a deep residual net is not', async () => {
    const plain = { 10: await trained(10, 'none'), 42: await trained(42, 'none') };
    const residual = await trained(42, 'identity');
    const shown = JSON.stringify({ plain, residual });
    assert.ok(plain[42] > 2 * plain[10], shown);
    assert.ok(residual < plain[42] / 2, shown);
  });
});
