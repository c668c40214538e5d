import assert from 'node:assert/strict';
import type { Initializer } from '../../src/compiler/graph/model.ts';
import { lowerModel } from '../../src/language/lower/lower.ts';
import { rightModel } from './support.ts';
import { onPoints, onTokens } from './texts.ts';

/** Initializers by parameter path. */
function initializersOf(text: string): Readonly<Record<string, Initializer>> {
  const { parameters } = lowerModel(rightModel(text), { mode: 'training' });
  return Object.fromEntries(parameters.map(({ path, initializer }) => [path, initializer]));
}

function uniform(bound: number): Initializer {
  return { kind: 'uniform', low: -bound, high: bound };
}

/** Equal up to rounding. */
function assertInitializer(found: Initializer | undefined, wanted: Initializer): void {
  const entries = (one: object | undefined): readonly (readonly [string, unknown])[] =>
    Object.entries(one ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const shorten = (value: unknown): unknown =>
    typeof value === 'number' ? Number(value.toPrecision(10)) : value;
  assert.deepEqual(
    entries(found).map(([key, value]) => [key, shorten(value)]),
    entries(wanted).map(([key, value]) => [key, shorten(value)]),
  );
}

describe('first values', () => {
  it('are PyTorch’s by default', () => {
    const found = initializersOf(
      onTokens(
        '- Embedding: { embedding_dim: 8, padding_idx: 3 }',
        '- PositionalEmbedding: 8',
        '- MultiheadAttention: 2',
        '- LayerNorm',
        '- Residual: { shortcut: projection, body: [{ Linear: 16 }] }',
        '- Linear: 65',
      ),
    );
    const wanted: Readonly<Record<string, Initializer>> = {
      '0.weight': { kind: 'normal', mean: 0, std: 1, zeroRow: 3 },
      '1.weight': { kind: 'normal', mean: 0, std: 1 },
      // Xavier over the stacked matrix [24, 8].
      '2.in_proj_weight': uniform(Math.sqrt(6 / (24 + 8))),
      '2.in_proj_bias': { kind: 'constant', value: 0 },
      '2.out_proj.weight': uniform(1 / Math.sqrt(8)),
      '2.out_proj.bias': { kind: 'constant', value: 0 },
      '3.weight': { kind: 'constant', value: 1 },
      '3.bias': { kind: 'constant', value: 0 },
      // kaiming_uniform(a=sqrt(5)) is uniform in ±1/sqrt(fan_in).
      '4.0.weight': uniform(1 / Math.sqrt(8)),
      '4.0.bias': uniform(1 / Math.sqrt(8)),
      '4.shortcut.weight': uniform(1 / Math.sqrt(8)),
      '5.weight': uniform(1 / Math.sqrt(16)),
      '5.bias': uniform(1 / Math.sqrt(16)),
    };
    assert.deepEqual(Object.keys(found), Object.keys(wanted));
    for (const [path, one] of Object.entries(wanted)) assertInitializer(found[path], one);
  });

  // The weight is [8, 6]: fan_in 6, fan_out 8.
  const named: readonly (readonly [string, Initializer])[] = [
    ['zeros', { kind: 'constant', value: 0 }],
    ['ones', { kind: 'constant', value: 1 }],
    ['{ constant: 0.5 }', { kind: 'constant', value: 0.5 }],
    ['{ uniform: { a: -1, b: 2 } }', { kind: 'uniform', low: -1, high: 2 }],
    ['uniform', { kind: 'uniform', low: 0, high: 1 }],
    ['{ normal: { std: 0.02 / sqrt(4) } }', { kind: 'normal', mean: 0, std: 0.01 }],
    [
      '{ trunc_normal: { std: 0.02 } }',
      { kind: 'truncatedNormal', mean: 0, std: 0.02, low: -2, high: 2 },
    ],
    ['xavier_uniform', uniform(Math.sqrt(6 / 14))],
    ['{ xavier_normal: { gain: 2 } }', { kind: 'normal', mean: 0, std: 2 * Math.sqrt(2 / 14) }],
    // The default nonlinearity is leaky_relu with a = 0.
    ['kaiming_uniform', uniform(Math.sqrt(6 / 6))],
    [
      '{ kaiming_normal: { mode: fan_out, nonlinearity: relu } }',
      { kind: 'normal', mean: 0, std: Math.sqrt(2 / 8) },
    ],
    [
      '{ kaiming_normal: { nonlinearity: tanh } }',
      { kind: 'normal', mean: 0, std: 5 / 3 / 6 ** 0.5 },
    ],
    ['{ kaiming_normal: { a: 1 } }', { kind: 'normal', mean: 0, std: 1 / 6 ** 0.5 }],
    ['{ orthogonal: { gain: 3 } }', { kind: 'orthogonal', gain: 3 }],
  ];
  for (const [init, wanted] of named) {
    it(`${init} as torch.nn.init has it`, () => {
      const layer = `- Linear: { out_features: 8, init: { weight: ${init} } }`;
      assertInitializer(initializersOf(onPoints(layer))['0.weight'], wanted);
    });
  }

  it('of a layer type hold where a layer does not say its own', () => {
    const text = `init: { Linear: { weight: zeros, bias: ones } }\n${onPoints(
      '- Linear: 8',
      '- Linear: { out_features: 4, init: { bias: { constant: 2 } } }',
    )}`;
    const found = initializersOf(text);
    assert.deepEqual(
      Object.values(found).map((one) => (one.kind === 'constant' ? one.value : NaN)),
      [0, 1, 0, 2],
    );
  });
});
