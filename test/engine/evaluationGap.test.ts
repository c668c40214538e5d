import assert from 'node:assert/strict';
import { buildKernel } from '../../scripts/kernel.ts';
import type { BufferSpec } from '../../src/compiler/passes/programs.ts';
import { explainEvaluation, runningGaps } from '../../src/engine/train/evaluationGap.ts';
import { temporaryFolders } from './support.ts';
import { TestEngine } from './testEngine.ts';

/** A norm whose input has a mean of 20 deviations; its running statistics follow by `momentum`. */
function model(momentum: number): string {
  return `model: gap
layers:
  - Linear: { out_features: 12, init: { bias: { constant: { val: 20 } } } }
  - BatchNorm1d: { name: norm, momentum: ${momentum} }
  - Tanh
  - Linear: classes
train:
  data: { gaussian-blobs: { classes: 4, features: 6 } }
  loss: CrossEntropyLoss
  optimizer: { SGD: { lr: 0.1 } }
  batch: 32
  steps: 90
  seed: 5
  validate_every: 30
  checkpoint_every: 0
`;
}

describe('what evaluation does differently', () => {
  before(buildKernel);
  const folder = temporaryFolders();
  let engine: TestEngine;
  beforeEach(() => (engine = new TestEngine()));
  afterEach(() => engine.close());

  it('is explained once when running statistics lag behind: which norm, by how much, what helps', async () => {
    await engine.open(folder(), model(0));
    await engine.train();
    assert.deepEqual(
      engine.warnings.map(({ code }) => code),
      ['evaluation-differs'],
    );
    const { message } = engine.warnings[0]!;
    assert.match(message, /validation loss [\d.]+ is far above the training loss [\d.]+/);
    assert.match(message, /in 1 of 1 norm .* in norm the means are off by \d+/);
    assert.match(message, /larger momentum.*GroupNorm/);
  });

  it('is not mentioned when they follow', async () => {
    await engine.open(folder(), model(0.1));
    await engine.train();
    assert.deepEqual(engine.warnings, []);
  });
});

describe('gaps between running and batch statistics', () => {
  const average = (offset: number, factor: number) => ({
    shape: [2],
    initial: 0,
    average: { offset, factor, momentum: 0.1 },
  });
  const specs: readonly BufferSpec[] = [
    { path: 'a.b.running_mean', ...average(0, 1) },
    { path: 'a.b.running_var', ...average(2, 2) },
    { path: 'a.b.num_batches_tracked', shape: [], initial: 0 },
  ];
  const values = [[1, 2], [4, 4], [7]].map((list) => Float32Array.from(list));

  it('are 0 and 1 where they agree, unbiased variances included', () => {
    const [gap] = runningGaps(specs, values, Float32Array.of(1, 2, 2, 2));
    assert.deepEqual(gap, { path: 'a.b', distance: { mean: 0, variance: 1 } });
    assert.equal(explainEvaluation(0.1, 10, [gap]), undefined);
  });

  it('explain a large difference only, and only where they are large or not a number', () => {
    const far = runningGaps(specs, values, Float32Array.of(9, 2, 2, 2));
    assert.equal(explainEvaluation(1, 1.2, far), undefined);
    assert.equal(explainEvaluation(NaN, 5, far), undefined);
    assert.match(explainEvaluation(1, 5, far) ?? '', /a\.b the means are off by 2\.83/);
    const broken = runningGaps(specs, values, Float32Array.of(NaN, 2, 2, 2));
    assert.match(explainEvaluation(1, 5, broken) ?? '', /a\.b/);
  });
});
