import assert from 'node:assert/strict';
import fc from 'fast-check';
import { evaluate, ExpressionProblem } from '../../src/language/syntax/expressions.ts';

const names: Readonly<Record<string, number | string | boolean>> = {
  width: 128,
  heads: 4,
  placement: 'pre',
  causal: true,
};

function value(text: string): number {
  return evaluate(text, (name) => (Object.hasOwn(names, name) ? names[name] : undefined));
}

function problem(text: string): ExpressionProblem {
  try {
    value(text);
  } catch (error) {
    if (error instanceof ExpressionProblem) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: `${text} has a value` });
}

describe('expressions', () => {
  const values: readonly (readonly [string, number])[] = [
    ['3', 3],
    ['.5', 0.5],
    ['1e-3', 0.001],
    ['2 + 3 * 4', 14],
    ['(2 + 3) * 4', 20],
    ['2 - 3 - 4', -5],
    ['24 / 4 / 2', 3],
    ['2 ** 3 ** 2', 512],
    ['-2 ** 2', -4],
    ['2 ** -1', 0.5],
    ['- - 2', 2],
    ['-3 * -2', 6],
    // As in Python the remainder has the sign of the divisor.
    ['-7 % 4', 1],
    ['7 % -4', -1],
    ['7 % 4 * 2', 6],
    ['4 * width', 512],
    ['width/heads', 32],
    ['0.02 / sqrt(2 * heads)', 0.02 / Math.sqrt(8)],
    ['min(width, 3, heads)', 3],
    ['max(1, heads)', 4],
    ['floor(7 / 2) + ceil(7 / 2)', 7],
    ['log(1)', 0],
  ];
  for (const [text, wanted] of values) {
    it(`${text} is ${wanted}`, () => assert.equal(value(text), wanted));
  }

  it('computes any nesting of operators as its tree says', () => {
    interface Formula {
      readonly text: string;
      readonly value: number;
    }
    const operators: Readonly<Record<string, (a: number, b: number) => number>> = {
      '+': (a, b) => a + b,
      '-': (a, b) => a - b,
      '*': (a, b) => a * b,
      '/': (a, b) => a / b,
    };
    const { formula } = fc.letrec<{ formula: Formula }>((tie) => ({
      formula: fc.oneof(
        { depthSize: 'small' },
        fc.integer({ min: 0, max: 99 }).map((n) => ({ text: String(n), value: n })),
        fc
          .tuple(tie('formula'), fc.constantFrom('+', '-', '*', '/'), tie('formula'))
          .map(([a, sign, b]) => ({
            text: `(${a.text}) ${sign}(${b.text})`,
            value: operators[sign]?.(a.value, b.value) ?? NaN,
          })),
        tie('formula').map(({ text, value: inner }) => ({ text: `-(${text})`, value: -inner })),
      ),
    }));
    fc.assert(
      fc.property(formula, ({ text, value: wanted }) => {
        fc.pre(Number.isFinite(wanted) && text.length < 400);
        assert.equal(value(text), wanted);
      }),
      { numRuns: 300 },
    );
  });

  const problems: readonly (readonly [string, string, RegExp])[] = [
    ['widht + 1', 'unknown-name', /no value named 'widht'/],
    ['placement * 2', 'bad-expression', /placement is 'pre', not a number/],
    ['causal + 1', 'bad-expression', /causal is 'true', not a number/],
    ['2 +', 'bad-expression', /unexpected the end/],
    ['(2', 'bad-expression', /'\)' belongs here/],
    ['2 3', 'bad-expression', /unexpected '3'/],
    ['2 $ 3', 'bad-expression', /'\$ 3' is neither/],
    ['1 / 0', 'bad-expression', /no finite value/],
    ['sqrt(-1)', 'bad-expression', /no finite value/],
    ['sin(1)', 'bad-expression', /no function 'sin'; there are sqrt/],
    ['sqrt(1, 2)', 'bad-expression', /sqrt takes one value/],
    ['constructor', 'unknown-name', /constructor/],
    [`${'('.repeat(1000)}1${')'.repeat(1000)}`, 'bad-expression', /longer than 500/],
    [`${'('.repeat(200)}1${')'.repeat(200)}`, 'bad-expression', /nested too deeply/],
    [`${'2**'.repeat(150)}2`, 'bad-expression', /nested too deeply/],
    [`${'-'.repeat(300)}2`, 'bad-expression', /nested too deeply/],
  ];
  for (const [text, code, message] of problems) {
    it(`${text.slice(0, 20)} is refused`, () => {
      const found = problem(text);
      assert.equal(found.code, code);
      assert.match(found.message, message);
    });
  }
});
