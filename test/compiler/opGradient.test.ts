import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { GradientRule } from '../../src/compiler/ops/definition.ts';
import { opDefinition, ops } from '../../src/compiler/ops/registry.ts';
import { finiteDifferenceError, gradientGraph } from './oracle/gradientGraph.ts';
import { fuzz } from './oracle/fuzz.ts';
import { opCases } from './oracle/opCases.ts';

/** Constants inside of graphs are float32, which alone may cost 6e-8; the differences themselves are right to about 1e-9. */
const tolerance = 1e-6;

/** Gradient rules in float64 against central finite differences: within 1e-6 of the largest gradient, over 100 random shapes. */
describe('gradient rules', () => {
  for (const [op, rule] of gradientRules()) {
    const { cases, differentiable } = opCases[op]!;

    it(`${op}: agrees with finite differences`, () => {
      fc.assert(
        fc.property(cases, (drawn) => {
          const error = finiteDifferenceError(op, rule, drawn, differentiable);
          assert.ok(error <= tolerance, `off by ${error}`);
        }),
        fuzz(100),
      );
    });
  }
});

/**
 * The test of the tests: each gradient that a rule returns is falsified, once in sign and once by one per cent, and the finite
 * differences above must notice on one of the first 30 cases.
 */
describe('gradient rules, falsified', () => {
  for (const [op, rule] of gradientRules()) {
    const { cases, differentiable } = opCases[op]!;

    it(`${op}: every falsified gradient is noticed`, () => {
      const samples = fc.sample(cases, fuzz(30));
      const returned = new Set(
        samples.flatMap((drawn) => gradientGraph(op, rule, drawn, differentiable).returned),
      );
      assert.ok(returned.size > 0, 'the rule returns a gradient');
      for (const input of returned) {
        for (const factor of [-1, 1.01]) {
          const wrong = falsified(rule, input, factor);
          const noticed = samples.some(
            (drawn) => !(finiteDifferenceError(op, wrong, drawn, differentiable) <= tolerance),
          );
          assert.ok(noticed, `gradient of input ${input} times ${factor} went unnoticed`);
        }
      }
    });
  }
});

function gradientRules(): readonly (readonly [string, GradientRule])[] {
  return [...ops.keys()].flatMap((op) => {
    const { gradient } = opDefinition(op);
    return gradient === 'none' ? [] : [[op, gradient] as const];
  });
}

function falsified(rule: GradientRule, input: number, factor: number): GradientRule {
  return (context) =>
    rule(context).map((gradient, index) =>
      gradient !== undefined && index === input
        ? context.g.op('Mul', [gradient, context.g.scalar(factor)])
        : gradient,
    );
}
