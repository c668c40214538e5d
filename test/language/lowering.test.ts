import assert from 'node:assert/strict';
import type { ForwardModel } from '../../src/compiler/graph/model.ts';
import {
  compileEvaluation,
  compileRecording,
  compileTraining,
} from '../../src/compiler/passes/programs.ts';
import { lowerModel } from '../../src/language/lower/lower.ts';
import { interpret } from '../compiler/oracle/interpreter.ts';
import { oracleTensor, type OracleTensor } from '../compiler/oracle/tensor.ts';
import { rightModel } from './support.ts';
import { onPoints, onTokens } from './texts.ts';

/** Numbers without a pattern, the same at every run. */
function feedsOf(model: ForwardModel): Record<string, OracleTensor> {
  const feeds: Record<string, OracleTensor> = {};
  let state = 1;
  const draw = (): number => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  for (const { name, value } of model.builder.inputs) {
    const isNumber = value.dtype === 'float32';
    feeds[name] = oracleTensor(value.dtype, value.shape, () =>
      isNumber ? 2 * draw() - 1 : Math.floor(draw() * 4),
    );
  }
  return feeds;
}

/** One run with every tap: looks a tap up by `<path>.<name>`. */
function record(model: ForwardModel, feeds = feedsOf(model)): (tap: string) => Float64Array {
  const program = compileRecording(model);
  const found = interpret(program.graph, feeds);
  return (tap) => {
    const port = program.taps.find(({ path, name }) => `${path}.${name}` === tap);
    const tensor = port && found[port.output];
    assert.ok(tensor, `no tap ${tap}`);
    return tensor.data;
  };
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

describe('lowering', () => {
  const dropping = onTokens(
    '- Embedding: 8',
    '- Dropout: { p: 0.25, name: drop }',
    '- MultiheadAttention: { num_heads: 2, dropout: 0.5, name: attend }',
    '- Dropout: 0',
    '- Linear: vocabulary',
  );

  it('feeds a mask for each dropout in training', () => {
    const model = lowerModel(rightModel(dropping), { mode: 'training', batch: 3 });
    assert.deepEqual(
      model.masks.map(({ path, probability, value }) => [path, probability, value.shape]),
      [
        ['drop', 0.25, [3, 8, 8]],
        ['attend', 0.5, [6, 8, 8]],
      ],
    );
    const program = compileTraining(model);
    assert.deepEqual(
      program.masks.map(({ name }) => name),
      ['mask:drop', 'mask:attend'],
    );
    // A mask of ones changes nothing, a mask of zeros leaves the embedding nothing to say.
    const feeds = feedsOf(model);
    for (const { name, shape } of program.masks)
      feeds[name] = oracleTensor('float32', shape, () => 1);
    const kept = interpret(program.graph, feeds)['loss'];
    const evaluation = lowerModel(rightModel(dropping), { mode: 'evaluation', batch: 3 });
    const plain = interpret(compileEvaluation(evaluation).graph, feeds)['loss'];
    assert.equal(kept?.data[0], plain?.data[0]);
    const gone = { ...feeds, 'mask:drop': oracleTensor('float32', [3, 8, 8], () => 0) };
    const gradient = interpret(program.graph, gone)['grad:0.weight'];
    assert.ok(gradient?.data.every((value) => value === 0));
  });

  it('has no dropout in evaluation, and the batch that is asked for', () => {
    const model = lowerModel(rightModel(dropping), { mode: 'evaluation', batch: 5 });
    assert.deepEqual(model.masks, []);
    assert.deepEqual(
      model.batch.map(({ name, role, value }) => [name, role, value.shape]),
      [
        ['tokens', 'input', [5, 8]],
        ['targets', 'target', [5, 8]],
      ],
    );
    assert.deepEqual(model.output.shape, [5, 8, 65]);
    assert.deepEqual(model.loss.shape, []);
  });

  it('taps every layer, the inside of norms, residuals and attention', () => {
    const text = onTokens(
      '- Embedding: { embedding_dim: 8, name: tokens }',
      '- Residual: { name: r, norm: LayerNorm, body: [{ MultiheadAttention: 2 }] }',
      '- RMSNorm: { name: last }',
      '- Linear: vocabulary',
    );
    const { taps } = lowerModel(rightModel(text), { mode: 'training' });
    const of = (path: string): readonly string[] =>
      taps
        .filter((tap) => tap.path === path)
        .map(({ name }) => name)
        .sort();
    assert.deepEqual(of('tokens'), ['in', 'out']);
    assert.deepEqual(of('r'), ['branch', 'in', 'out', 'skip', 'sum']);
    const norm = ['bias', 'centred', 'gain', 'in', 'out', 'sigma', 'xhat'];
    assert.deepEqual(of('r.norm'), norm);
    assert.deepEqual(of('r.0'), ['in', 'out', 'scores', 'weights']);
    assert.deepEqual(of('last'), ['centred', 'gain', 'in', 'out', 'sigma', 'xhat']);
    const weights = taps.find(({ path, name }) => path === 'r.0' && name === 'weights');
    assert.deepEqual(weights?.value.shape, [32, 2, 8, 8]);
    const paths = taps.map(({ path, name }) => `${path}.${name}`);
    assert.equal(new Set(paths).size, paths.length);
  });

  it('taps of a norm are what their names say', () => {
    const text = onPoints('- LayerNorm: { eps: 0.01, name: n }', '- Linear: 4');
    const model = lowerModel(rightModel(text), { mode: 'training', batch: 5 });
    const taps = record(model);
    const tap = (name: string): Float64Array => taps(`n.${name}`);
    const [input, centred, sigma] = [tap('in'), tap('centred'), tap('sigma')];
    for (let row = 0; row < 5; row++) {
      const rowMean = mean(input.subarray(row * 6, row * 6 + 6));
      const squares = centred.subarray(row * 6, row * 6 + 6).map((value) => value * value);
      const rowSigma = sigma[row] ?? NaN;
      assert.ok(Math.abs(rowSigma - Math.sqrt(mean(squares) + 0.01)) < 1e-12);
      for (let i = row * 6; i < row * 6 + 6; i++) {
        assert.ok(Math.abs((input[i] ?? NaN) - rowMean - (centred[i] ?? NaN)) < 1e-12);
        assert.ok(Math.abs((centred[i] ?? NaN) / rowSigma - (tap('xhat')[i] ?? NaN)) < 1e-12);
        const out =
          (tap('xhat')[i] ?? NaN) * (tap('gain')[i % 6] ?? NaN) + (tap('bias')[i % 6] ?? NaN);
        assert.ok(Math.abs(out - (tap('out')[i] ?? NaN)) < 1e-12);
      }
    }
  });

  it('a residual sums its skip and its scaled branch, and post-norm comes after that', () => {
    const text = onPoints(
      '- Residual: { name: r, norm: LayerNorm, placement: post, scale: 0.5, body: [{ Linear: 6 }] }',
      '- Linear: 4',
    );
    const model = lowerModel(rightModel(text), { mode: 'training', batch: 2 });
    const [site] = model.residuals;
    assert.ok(site);
    assert.equal(site.path, 'r');
    const tap = record(model);
    tap('r.sum').forEach((sum, i) => {
      assert.ok(Math.abs(sum - (tap('r.skip')[i] ?? NaN) - (tap('r.branch')[i] ?? NaN)) < 1e-12);
      assert.ok(Math.abs((tap('r.branch')[i] ?? NaN) - (tap('r.0.out')[i] ?? NaN) / 2) < 1e-12);
    });
    assert.deepEqual(tap('r.norm.in'), tap('r.sum'));
    assert.deepEqual(tap('r.out'), tap('r.norm.out'));
    assert.deepEqual(tap('r.skip'), tap('r.in'));
  });

  it('tells where each norm computes its own mean and deviation', () => {
    const text = onTokens(
      '- Embedding: 8',
      '- LayerNorm',
      '- RMSNorm: { eps: 0.5 }',
      '- Linear: 65',
    );
    const { norms } = lowerModel(rightModel(text), { mode: 'training', batch: 2 });
    assert.deepEqual(
      norms.map(({ path, line, type, epsilon, own }) => [
        path,
        line,
        type,
        epsilon,
        own?.mean.shape,
      ]),
      [
        ['1', 3, 'LayerNorm', 1e-5, [2, 8, 1]],
        ['2', 4, 'RMSNorm', 0.5, undefined],
      ],
    );
  });

  it('a causal position sees only what is before it, and weights sum to 1', () => {
    const text = onTokens(
      '- Embedding: 8',
      '- MultiheadAttention: { num_heads: 2, causal: true, name: a }',
      '- Linear: 65',
    );
    const model = lowerModel(rightModel(text), { mode: 'training', batch: 1 });
    const weights = record(model)('a.weights');
    for (let row = 0; row < 16; row++) {
      const query = row % 8;
      const values = Array.from(weights.subarray(row * 8, row * 8 + 8));
      assert.ok(values.every((value, key) => (key <= query ? value > 0 : value === 0)));
      assert.ok(Math.abs(mean(values) * 8 - 1) < 1e-12);
    }
  });

  it('hides padding from attention', () => {
    const text = `layers:
  - Embedding: 8
  - MultiheadAttention: { num_heads: 2, name: a }
  - Linear: vocabulary
train:
  data: { copy: { symbols: 3, length: 4, min_length: 2 } }
  batch: 2
`;
    const model = lowerModel(rightModel(text), { mode: 'training' });
    const padding = oracleTensor('uint8', [2, 8], (i) => (i >= 12 ? 1 : 0));
    const feeds = { ...feedsOf(model), padding };
    record(
      model,
      feeds,
    )('a.weights').forEach((value, i) => {
      const isHidden = i >= 128 && i % 8 >= 4;
      assert.equal(value === 0, isHidden);
    });
  });

  it('a batch in which every target is ignored has loss 0 and no gradient', () => {
    const model = lowerModel(rightModel(onTokens('- Embedding: 8', '- Linear: 65')), {
      mode: 'training',
      batch: 2,
    });
    const targets = oracleTensor('int32', [2, 8], () => -100);
    const found = interpret(compileTraining(model).graph, { ...feedsOf(model), targets });
    assert.equal(Math.abs(found['loss']?.data[0] ?? NaN), 0);
    assert.ok(found['grad:1.weight']?.data.every((value) => value === 0));
  });

  it('marks every node with the layer that it comes from', () => {
    const text = onPoints(
      '- Linear: 6',
      '- Residual: { name: r, body: [{ Linear: 6 }] }',
      '- Linear: 4',
    );
    const { builder } = lowerModel(rightModel(text), { mode: 'training' });
    const origins = builder.nodes.map(
      ({ origin }) => `${origin.stage} ${origin.path} ${origin.line}`,
    );
    assert.deepEqual(
      [...new Set(origins)],
      ['forward 0 2', 'forward r.0 3', 'forward r 3', 'forward 2 4', 'loss loss 5'],
    );
  });
});
