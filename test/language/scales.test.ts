import assert from 'node:assert/strict';
import { lowerModel } from '../../src/language/lower/lower.ts';
import { check, rightModel } from './support.ts';
import { onPoints } from './texts.ts';

function lowered(...layers: readonly string[]) {
  return lowerModel(rightModel(onPoints(...layers)), { mode: 'training' });
}

function messages(...layers: readonly string[]): readonly string[] {
  return check(onPoints(...layers)).diagnostics.map(({ code, message }) => `${code}: ${message}`);
}

const head = '- Linear: classes';

describe('scales of a residual', () => {
  it('have the first values of their papers, or those that are given', () => {
    const { parameters } = lowered(
      '- Residual: { name: rezero, scale: learned, body: [Tanh] }',
      '- Residual: { name: half, scale: learned, scale_init: 1 / 2, body: [Tanh] }',
      '- Residual: { name: layer, scale: per-channel, body: [Tanh] }',
      '- Residual: { name: highway, scale: highway, body: [Tanh] }',
      head,
    );
    const found = parameters
      .filter(({ path }) => /scale|gate/.test(path))
      .map(({ path, value, initializer }) => [path, value.shape, initializer]);
    const constant = (value: number) => ({ kind: 'constant', value });
    assert.deepEqual(found, [
      ['rezero.scale', [1], constant(0)],
      ['half.scale', [1], constant(0.5)],
      ['layer.scale', [6], constant(1e-5)],
      [
        'highway.gate.weight',
        [6, 6],
        { kind: 'uniform', low: -1 / Math.sqrt(6), high: 1 / Math.sqrt(6) },
      ],
      ['highway.gate.bias', [6], constant(-2)],
    ]);
  });

  it('go by the second axis of pictures', () => {
    const { parameters } = lowered(
      '- Linear: 24',
      '- Reshape: { shape: [4, 3, 2] }',
      '- Residual: { name: layer, scale: per-channel, body: [Tanh] }',
      '- Residual: { name: highway, scale: highway, body: [Tanh] }',
      '- DyT',
      '- Flatten',
      head,
    );
    const shapes = new Map(parameters.map(({ path, value }) => [path, value.shape]));
    assert.deepEqual(shapes.get('layer.scale'), [4]);
    assert.deepEqual(shapes.get('highway.gate.weight'), [4, 4]);
    assert.deepEqual(shapes.get('4.weight'), [4]);
  });

  it('may come from let, and are explained when they are none of these', () => {
    const text = onPoints('- Residual: { scale: how, body: [Tanh] }', head);
    const { diagnostics } = check(text.replace('layers:', 'let: { how: learned }\nlayers:'));
    assert.deepEqual(diagnostics, []);
    assert.match(
      messages('- Residual: { scale: lerned, body: [Tanh] }', head)[0] ?? '',
      /bad-value: scale of Residual is a number, learned, per-channel, deepnorm or highway, not 'lerned'/,
    );
    assert.match(
      messages('- Residual: { scale: highway, shortcut: none, body: [Tanh] }', head)[0] ?? '',
      /bad-value: scale: highway gates the skip, and shortcut is none/,
    );
  });
});

describe('conditioned layers', () => {
  it('start as what they modulate: all zeros', () => {
    const { parameters } = lowered(
      '- Linear: { out_features: 3, name: given }',
      '- AdaptiveLayerNorm: { condition: input, name: norm }',
      '- FiLM: given',
      head,
    );
    for (const { path, initializer, value } of parameters.slice(2, -2)) {
      assert.deepEqual(initializer, { kind: 'constant', value: 0 }, path);
      assert.equal(value.shape[0], 6, path);
    }
  });

  it('say both shapes when the condition does not fit', () => {
    assert.match(
      messages(
        '- Linear: { out_features: 6, name: a }',
        '- Reshape: { shape: [3, 2], name: b }',
        '- FiLM: { condition: b, from: a }',
        head,
      )[0] ?? '',
      /shape-mismatch: the condition \(line 3\) is \[\d+, 3, 2\], and the input \(line 2\) \[\d+, 6\]/,
    );
    assert.match(messages('- FiLM: { condition: later }', head)[0] ?? '', /unknown-reference/);
    assert.match(messages('- FiLM', head)[0] ?? '', /missing-argument: FiLM needs condition/);
  });
});

describe('dropout of parts', () => {
  it('has a mask element for each case and channel, for each case, or one for the batch', () => {
    const { masks } = lowered(
      '- Linear: 24',
      '- Reshape: { shape: [4, 3, 2] }',
      '- Dropout2d: 0.2',
      '- StochasticDepth: 0.1',
      '- StochasticDepth: { p: 0.1, mode: batch }',
      '- Flatten',
      head,
    );
    const [cases] = masks[0]?.value.shape ?? [];
    assert.deepEqual(
      masks.map(({ path, probability, value }) => [path, probability, value.shape]),
      [
        ['2', 0.2, [cases, 4, 1, 1]],
        ['3', 0.1, [cases, 1, 1, 1]],
        ['4', 0.1, [1, 1, 1, 1]],
      ],
    );
  });

  it('is off in evaluation', () => {
    const model = rightModel(onPoints('- StochasticDepth: 0.5', head));
    assert.deepEqual(lowerModel(model, { mode: 'evaluation' }).masks, []);
  });

  it('asks for the probability, and for pictures', () => {
    assert.match(messages('- StochasticDepth', head)[0] ?? '', /missing-argument: .* needs p/);
    assert.match(
      messages('- Dropout2d', head)[0] ?? '',
      /shape-mismatch: Dropout2d takes \[N, C, H, W\]/,
    );
  });
});
