import assert from 'node:assert/strict';
import { RandomStream } from '../../src/base/random.ts';
import { rules } from '../../src/statistics/rules/definitions.ts';
import type { LayerFacts, TapElements } from '../../src/statistics/rules/facts.ts';
import { RuleMonitor } from '../../src/statistics/rules/monitor.ts';
import {
  entropyShare,
  extremes,
  idleShare,
  loudUnits,
} from '../../src/statistics/rules/tensors.ts';

function tensor(shape: readonly number[], at: (i: number) => number): TapElements {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, data: Float32Array.from({ length: size }, (_, i) => at(i)) };
}

const random = new RandomStream(9, 'tensors');

describe('measures of tensors', () => {
  it('count units that are idle: features of positions, channels of maps', () => {
    const active = (x: number): boolean => x > 0;
    // 200 positions of 4 features: never, once (0.5 %), twice (1 %), always.
    const features = tensor([2, 100, 4], (i) => {
      const [unit, position] = [i % 4, Math.floor(i / 4)];
      return unit === 3 || (unit > 0 && position < unit) ? 1 : -1;
    });
    assert.equal(idleShare(features, 2, 0.01, active), 0.5);
    // 3 channels of 8 x 8; the first is dead in both cases, the second in one.
    const maps = tensor([2, 3, 8, 8], (i) => {
      const channel = Math.floor(i / 64) % 3;
      return channel === 2 || (channel === 1 && i >= 192) ? 1 : 0;
    });
    assert.ok(Math.abs(idleShare(maps, 1, 0.01, active) - 1 / 3) < 1e-12);
  });

  it('find loud units, and how far the largest element lies above the median', () => {
    const quiet = tensor([50, 8], (i) => (i % 8 === 5 && i < 24 ? -6 : random.nextUniform()));
    assert.deepEqual(loudUnits(quiet, 1, 6, 0.06), [5]);
    assert.deepEqual(loudUnits(quiet, 1, 6, 0.0601), []);
    const { largest, ratio } = extremes(tensor([5], (i) => [-1, 2, 0.5, -300, 1][i]!));
    assert.deepEqual([largest, ratio], [300, 300]);
  });

  it('give the entropy of attention as a share of what is possible, causal or not (1e-6)', () => {
    const even = tensor([2, 3, 8, 8], () => 1 / 8);
    assert.ok(Math.abs(entropyShare(even) - 1) < 1e-6);
    const causal = tensor([1, 2, 8, 8], (i) => {
      const [key, query] = [i % 8, Math.floor(i / 8) % 8];
      return key <= query ? 1 / (query + 1) : 0;
    });
    assert.ok(Math.abs(entropyShare(causal) - 1) < 1e-6);
    // The second of two heads looks at one key only.
    const collapsed = tensor([1, 2, 8, 8], (i) => (i < 64 ? 1 / 8 : Number(i % 8 === 3)));
    assert.equal(entropyShare(collapsed), 0);
  });
});

describe('rules over tensors', () => {
  const layers: readonly LayerFacts[] = [
    { path: '0', type: 'Linear' },
    { path: '1', type: 'ReLU' },
    { path: '2', type: 'Tanh' },
    { path: '3', type: 'MultiheadAttention' },
    ...[0, 1].flatMap((i) => [
      { path: `pre.${i}`, type: 'Residual' },
      { path: `pre.${i}.norm`, type: 'LayerNorm' },
      { path: `pre.${i}.0`, type: 'Linear' },
    ]),
    { path: 'post', type: 'Residual' },
    { path: 'post.0', type: 'Linear' },
    { path: 'post.norm', type: 'LayerNorm' },
  ];
  const normal = (scale: number): TapElements =>
    tensor([40, 32], () => scale * random.nextNormal());

  /** The places at which a rule holds in a step. */
  function found(
    name: string,
    taps: Readonly<Record<string, TapElements>>,
    { step = 0, condition }: { readonly step?: number; readonly condition?: string } = {},
  ): readonly string[] {
    const rule = rules.find((candidate) => candidate.name === name);
    assert.ok(rule, name);
    const monitor = new RuleMonitor(rule, { condition });
    for (const tap of Object.keys(taps)) assert.ok(monitor.tapsOf(layers).includes(tap), tap);
    const facts = { step, loss: 1, gradNorm: 1, norms: [], parameters: [], layers };
    return monitor.check({ ...facts, tap: (tap) => taps[tap] }).map(({ path }) => path);
  }

  const inputs = ['pre.0.norm.in', 'pre.1.norm.in', 'post.norm.in'];
  const all = (value: TapElements): Record<string, TapElements> =>
    Object.fromEntries(inputs.map((name) => [name, value]));
  const spiked = tensor([40, 32], (i) => (i === 77 ? 5000 : 1 + 0.1 * random.nextNormal()));
  const loud = tensor([40, 32], (i) => (i % 32 === 4 ? 8 : random.nextUniform()));
  const one = tensor([1, 1, 4, 4], (i) => Number(i % 4 === 0));
  const cases: readonly (readonly [
    string,
    Readonly<Record<string, TapElements>>,
    Readonly<Record<string, TapElements>>,
    string,
  ])[] = [
    [
      'dead-relu',
      { '1.out': tensor([40, 32], (i) => Number(i % 32 < 15)) },
      { '1.out': normal(1) },
      '1',
    ],
    [
      'saturated',
      { '2.out': tensor([40, 32], (i) => (i % 32 < 15 ? 0 : 0.9999)) },
      { '2.out': tensor([40, 32], () => 0.9) },
      '2',
    ],
    ['kurtosis', { 'pre.1.norm.in': spiked }, { 'pre.1.norm.in': normal(3) }, 'pre.1.norm'],
    ['massive-activation', { 'post.norm.in': spiked }, { 'post.norm.in': normal(50) }, 'post.norm'],
    ['outlier-channel', { ...all(normal(1)), 'post.norm.in': loud }, all(normal(1)), ''],
    [
      'attention-entropy',
      { '3.weights': one },
      { '3.weights': tensor([1, 1, 4, 4], () => 0.25) },
      '3',
    ],
    [
      'attention-logits',
      { '3.scores': tensor([1, 1, 4, 4], () => -2e4) },
      { '3.scores': tensor([1, 1, 4, 4], () => 30) },
      '3',
    ],
    [
      'poor-init',
      { '0.in': normal(1), '0.out': normal(30) },
      { '0.in': normal(1), '0.out': normal(0.6) },
      '0',
    ],
  ];
  for (const [name, bad, good, place] of cases) {
    it(`${name} holds where it should and nowhere else`, () => {
      assert.deepEqual(found(name, bad), [place]);
      assert.deepEqual(found(name, good), []);
    });
  }

  it('branch-ratio knows that branches add up, and that a norm after the sum starts over', () => {
    const taps = (second: number, third: number): Record<string, TapElements> => ({
      'pre.0.skip': normal(1),
      'pre.0.branch': normal(1),
      'pre.1.skip': normal(Math.SQRT2),
      'pre.1.branch': normal(second),
      'post.skip': normal(1),
      'post.branch': normal(third),
    });
    assert.deepEqual(found('branch-ratio', taps(1, 1)), []);
    assert.deepEqual(found('branch-ratio', taps(2.3, 1)), ['pre.1']);
    assert.deepEqual(found('branch-ratio', taps(1, 2.3)), ['post']);
    assert.deepEqual(found('branch-ratio', taps(2.3, 1), { step: 1 }), [], 'the first step only');
  });

  it('count the channels of Conv1d, which are the second axis, and features, which are the last', () => {
    const rule = rules.find(({ name }) => name === 'dead-relu')!;
    // Of 4 channels or positions all but one are dead; of 8 places or features none.
    const out = tensor([2, 4, 8], (i) => Number(Math.floor(i / 8) % 4 === 3));
    const shareAfter = (...types: readonly string[]): number | undefined => {
      const chain = [...types, 'ReLU'].map((type, index) => ({ path: String(index), type }));
      const empty = { step: 0, loss: 1, gradNorm: 1, norms: [], parameters: [] };
      const tap = (name: string) => (name === `${types.length}.out` ? out : undefined);
      return rule.measure()({ ...empty, layers: chain, tap })[0]?.numbers['share'];
    };
    assert.equal(shareAfter('Linear', 'Conv1d'), 0.75);
    assert.equal(shareAfter('Conv1d', 'BatchNorm1d', 'Dropout'), 0.75);
    assert.equal(shareAfter('Conv1d', 'Linear'), 0);
    assert.equal(shareAfter('Embedding', 'LayerNorm'), 0);
  });

  it('look at one step in 100, or as often as is said, and count looks', () => {
    const rule = rules.find(({ name }) => name === 'dead-relu')!;
    const dead = tensor([4, 4], () => 0);
    const facts = { loss: 1, gradNorm: 1, norms: [], parameters: [], layers };
    const held = (monitor: RuleMonitor): readonly number[] =>
      Array.from({ length: 301 }, (_, step) => step).filter(
        (step) => monitor.check({ ...facts, step, tap: () => dead }).length > 0,
      );
    assert.deepEqual(held(new RuleMonitor(rule)), [0, 100, 200, 300]);
    assert.deepEqual(held(new RuleMonitor(rule, { every: 120 })), [0, 120, 240]);
    assert.deepEqual(held(new RuleMonitor(rule, { steps: 3 })), [200, 300]);
  });
});

describe('overfitting', () => {
  it('holds at a validation whose loss lies 10 % above that of the steps before it', () => {
    const rule = rules.find(({ name }) => name === 'overfit')!;
    const monitor = new RuleMonitor(rule);
    const empty = { gradNorm: 1, norms: [], parameters: [], layers: [], tap: () => undefined };
    const validations = new Map([
      [10, 2.1],
      [20, 1.2],
      [30, 1.05],
    ]);
    let validation: { step: number; loss: number } | undefined;
    const held: number[] = [];
    for (let step = 0; step < 40; step++) {
      const loss = validations.get(step);
      if (loss !== undefined) validation = { step, loss };
      const facts = { ...empty, step, loss: step < 10 ? 2 : 1, ...(validation && { validation }) };
      if (monitor.check(facts).length > 0) held.push(step);
    }
    assert.deepEqual(held, [20]);
  });
});
