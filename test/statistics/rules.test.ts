import assert from 'node:assert/strict';
import { RandomStream } from '../../src/base/random.ts';
import { nonFiniteRule, rules } from '../../src/statistics/rules/definitions.ts';
import type { NormFacts, ParameterFacts, RuleFacts } from '../../src/statistics/rules/facts.ts';
import { RuleMonitor, type Finding } from '../../src/statistics/rules/monitor.ts';

function facts(step: number, more: Partial<RuleFacts> = {}): RuleFacts {
  const empty = { norms: [], parameters: [], layers: [], tap: () => undefined };
  return { step, loss: 1, gradNorm: 1, ...empty, ...more };
}

function monitor(name: string, condition?: string, steps?: number): RuleMonitor {
  const rule = rules.find((candidate) => candidate.name === name);
  assert.ok(rule, name);
  return new RuleMonitor(rule, { condition, steps });
}

function norm(path: string, variance: number, mean = 0): NormFacts {
  return { path, mean, var: variance, epsilon: 1e-5 };
}

function parameter(gradient: number, ratio: number, isMatrix = true): ParameterFacts {
  return { path: 'w', isMatrix, meanGradient: () => gradient, updateRatio: () => ratio };
}

/** Steps in which a rule holds, of a series. */
function held(watched: RuleMonitor, series: readonly Partial<RuleFacts>[]): readonly number[] {
  return series.flatMap((more, step) =>
    watched.check(facts(step, more)).length > 0 ? [step] : [],
  );
}

describe('rules', () => {
  const random = new RandomStream(5, 'losses');
  const noise = Array.from({ length: 120 }, () => 2 + 0.1 * random.nextNormal());

  it('have names of their own, and conditions over the numbers that they name', () => {
    const names = rules.map(({ name }) => name);
    assert.equal(new Set([...names, nonFiniteRule]).size, names.length + 1);
    for (const rule of rules) {
      assert.doesNotThrow(() => new RuleMonitor(rule));
      assert.throws(() => new RuleMonitor(rule, { condition: 'nothing > 1' }), {
        message: new RegExp(`there is ${rule.numbers[0] ?? ''}`),
      });
      assert.throws(
        () => new RuleMonitor(rule, { condition: rule.numbers[0] }),
        /a condition compares/,
      );
    }
  });

  for (const [name, key] of [
    ['loss-spike', 'loss'],
    ['gradient-spike', 'gradNorm'],
  ] as const) {
    it(`${name}: 7 standard deviations above the mean, from the 50th step on`, () => {
      const at = (step: number, x: number): Partial<RuleFacts>[] =>
        noise.map((value, i) => ({ [key]: i === step ? x : value }));
      assert.deepEqual(held(monitor(name), at(100, 2.9)), [100]);
      assert.deepEqual(held(monitor(name), at(100, 2.3)), []);
      assert.deepEqual(held(monitor(name), at(20, 2.9)), []);
      assert.deepEqual(held(monitor(name, 'value > 2.25'), at(100, 2.3)).includes(100), true);
    });
  }

  it('loss-spike forgets what comes after a step that it sees again', () => {
    const watched = monitor('loss-spike');
    noise.forEach((loss, step) => watched.check(facts(step, { loss })));
    for (let i = 0; i < 500; i++) watched.check(facts(100, { loss: 5 }));
    assert.equal(
      watched.check(facts(100, { loss: 5 })).length,
      1,
      'the spike is not in the window',
    );
  });

  const single: readonly (readonly [string, Partial<RuleFacts>, Partial<RuleFacts>])[] = [
    [
      'vanishing-gradient',
      { parameters: [parameter(9e-8, -3)] },
      { parameters: [parameter(1.1e-7, -3)] },
    ],
    ['all-zero', { parameters: [parameter(0, -3)] }, { parameters: [parameter(1e-30, -3)] }],
    ['exploding-gradient', { gradNorm: 1.1e4 }, { gradNorm: 9e3 }],
    ['eps-share', { norms: [norm('n', 9e-4)] }, { norms: [norm('n', 1e-3)] }],
    ['stream-mean', { norms: [norm('n', 1, 1.1)] }, { norms: [norm('n', 1, -0.9)] }],
    [
      'variance-factor',
      { norms: [1, 1.5, 3, 6].map((v, i) => norm(`blocks.${i}.attention.norm`, v)) },
      { norms: [1, 1.5, 1.6, 6].map((v, i) => norm(`blocks.${i}.attention.norm`, v)) },
    ],
  ];
  for (const [name, bad, good] of single) {
    it(`${name}: holds and does not hold on either side of its limit`, () => {
      assert.equal(monitor(name).check(facts(3, bad)).length, 1);
      assert.equal(monitor(name).check(facts(3, good)).length, 0);
    });
  }

  it('variance-factor wants 4 blocks', () => {
    const norms = [1, 2, 4].map((v, i) => norm(`blocks.${i}.norm`, v));
    assert.equal(monitor('variance-factor').check(facts(0, { norms })).length, 0);
    assert.equal(monitor('variance-factor', 'factor > 1.4').check(facts(0, { norms })).length, 1);
  });

  it('update-ratio: 20 steps in a row, of matrices only, and says since when', () => {
    const series = Array.from({ length: 45 }, (_, step) => ({
      parameters: [parameter(1, step === 22 ? -3 : -1)],
    }));
    assert.deepEqual(held(monitor('update-ratio'), series), [19, 20, 21, 42, 43, 44]);
    assert.deepEqual(
      held(monitor('update-ratio'), Array(30).fill({ parameters: [parameter(1, -1, false)] })),
      [],
    );
    const watched = monitor('update-ratio', 'ratio > -2', 2);
    let found: readonly Finding[] = [];
    for (const step of [5, 6])
      found = watched.check(facts(step, { parameters: [parameter(1, -1)] }));
    assert.match(
      found[0]?.text ?? '',
      /^Update Ratio at w: ratio -1\.00, since step 5\. .*learning rate/,
    );
  });

  it('unchanged-tensor: an update of 0', () => {
    const series = Array<Partial<RuleFacts>>(4).fill({ parameters: [parameter(1, -Infinity)] });
    assert.deepEqual(held(monitor('unchanged-tensor'), series), [2, 3]);
  });

  it('loss-not-decreasing: 200 steps against the 200 before', () => {
    const series = (slope: number): Partial<RuleFacts>[] =>
      Array.from({ length: 410 }, (_, step) => ({ loss: 3 - slope * step }));
    assert.equal(held(monitor('loss-not-decreasing'), series(0))[0], 399);
    assert.deepEqual(held(monitor('loss-not-decreasing'), series(1e-3)), []);
  });
});
