import assert from 'node:assert/strict';
import { compileEvaluation, compileTraining } from '../../src/compiler/passes/programs.ts';
import { lowerModel } from '../../src/language/lower/lower.ts';
import { check, rightModel } from './support.ts';
import { onPoints } from './texts.ts';

const head = '- Linear: classes';
const map = ['- Linear: 24', '- Reshape: { shape: [4, 3, 2] }'];

function firstMessage(...layers: readonly string[]): string {
  const [first] = check(onPoints(...layers)).diagnostics;
  return first === undefined ? '' : `${first.code}: ${first.message}`;
}

describe('norms over channels', () => {
  const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
    [
      'BatchNorm2d of features',
      ['- BatchNorm2d', head],
      /shape-mismatch: BatchNorm2d takes \[N, C, H, W\], and its input \(line \d+\) is \[\d+, 6\]/,
    ],
    [
      'BatchNorm1d of pictures',
      [...map, '- BatchNorm1d', '- Flatten', head],
      /shape-mismatch: BatchNorm1d takes \[N, C\] or \[N, C, L\], and its input .* is \[\d+, 4, 3, 2\]/,
    ],
    [
      'another number of features',
      ['- BatchNorm1d: 8', head],
      /shape-mismatch: num_features is 8, and the input \[\d+, 6\] .* has 6 channels: leave it out, or write 6/,
    ],
    [
      'another number of channels',
      [...map, '- GroupNorm: { num_groups: 2, num_channels: 3 }', '- Flatten', head],
      /shape-mismatch: num_channels is 3, .* has 4 channels/,
    ],
    [
      'groups of a single value',
      ['- GroupNorm: 6', head],
      /too-few-values: GroupNorm has groups of a single value in \[\d+, 6\]/,
    ],
    [
      'a momentum out of range',
      ['- BatchNorm1d: { momentum: 1.5 }', head],
      /bad-value: momentum of BatchNorm1d must be in \[0, 1\], not 1.5/,
    ],
    [
      'a momentum that is a word',
      ['- BatchNorm1d: { momentum: none }', head],
      /bad-value: momentum of BatchNorm1d is a number or null, not 'none'/,
    ],
    [
      'a momentum without a value',
      ['- BatchNorm1d: { momentum: }', head],
      /missing-argument: momentum of BatchNorm1d has no value/,
    ],
  ];
  for (const [what, layers, message] of wrong) {
    it(`explain ${what}`, () => {
      assert.match(firstMessage(...layers), message);
    });
  }

  it('have buffers in the order of PyTorch, in both programs, and none without tracking', () => {
    const model = rightModel(
      onPoints(
        '- BatchNorm1d: { name: kept, momentum: null }',
        '- Tanh',
        '- BatchNorm1d: { name: free, track_running_stats: false }',
        head,
      ),
    );
    const training = compileTraining(lowerModel(model, { mode: 'training' }));
    const evaluation = compileEvaluation(lowerModel(model, { mode: 'evaluation' }));
    const names = ['running_mean', 'running_var', 'num_batches_tracked'].map(
      (name) => `kept.${name}`,
    );
    assert.deepEqual(
      [training, evaluation].map(({ buffers }) => buffers.map(({ path }) => path)),
      [names, names],
    );
    const batch = training.batch[0]?.shape[0] ?? NaN;
    assert.deepEqual(
      training.buffers.map(({ initial, average }) => [initial, average]),
      [
        [0, { offset: 0, factor: 1, momentum: undefined }],
        [1, { offset: 6, factor: batch / (batch - 1), momentum: undefined }],
        [0, undefined],
      ],
    );
    assert.ok(training.graph.outputs.some(({ name }) => name === 'batchStatistics'));
    const modes = (graph: typeof training.graph): unknown[] =>
      graph.nodes
        .filter(({ op, origin }) => op === 'BatchNormalization' && origin.stage === 'forward')
        .map(({ attributes }) => attributes['training_mode']);
    assert.deepEqual(modes(training.graph), [1, 1]);
    assert.deepEqual(modes(evaluation.graph), [0, 1]);
  });
});
