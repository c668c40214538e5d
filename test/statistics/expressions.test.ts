import assert from 'node:assert/strict';
import fc from 'fast-check';
import { checkExpression } from '../../src/statistics/expressions/check.ts';
import { evaluate, scalarTapsOf, type Scope } from '../../src/statistics/expressions/evaluate.ts';
import { parseExpression } from '../../src/statistics/expressions/parse.ts';
import { ExpressionError } from '../../src/statistics/expressions/syntax.ts';
import {
  numberType,
  tensorType,
  type Tensor,
  type Value,
} from '../../src/statistics/expressions/values.ts';

const x: Tensor = { shape: [2, 3], data: Float32Array.of(1, -2, 3, 4, 5, -6) };
const values: Readonly<Record<string, Value>> = {
  loss: 2.5,
  step: 812,
  in: x,
  row: { shape: [3], data: [10, 20, 30] },
  'grad:in': { shape: [2, 3], data: [1, 0, 0, 0, 0, 0] },
  'blocks.0.norm.in': x,
  '4.out': x,
  'my-block.in': x,
  'updateRatio:weight': -3,
  bad: { shape: [2], data: [1, NaN] },
  'in.var.max': 7,
};

const scope: Scope = {
  typeOf(name) {
    if (!Object.hasOwn(values, name)) return undefined;
    const value = values[name];
    return typeof value === 'object' ? tensorType(value.shape) : numberType;
  },
  names: () => Object.keys(values),
  valueOf: (name) => values[name]!,
  statistic: (name, statistic) =>
    name === 'blocks.0.norm.in' && statistic === 'var' ? 4 : undefined,
};

function valueOf(text: string): Value {
  return evaluate(checkExpression(parseExpression(text), scope), scope);
}

function problem(text: string): { message: string; position: number } {
  try {
    valueOf(text);
  } catch (error) {
    assert.ok(error instanceof ExpressionError, String(error));
    return error;
  }
  return assert.fail(`${text} is accepted`);
}

describe('expressions', () => {
  const cases: readonly (readonly [string, number | boolean])[] = [
    ['1 + 2 * 3', 7],
    ['-2 ** 2', -4],
    ['2 ** 3 ** 2', 512],
    ['(1 + 2) * 3', 9],
    ['7 % 3 + -7 % 3', 3],
    ['loss > 2 and not step < 800', true],
    ['loss > 2 && !(step < 800) || 1 == 2', true],
    ['loss < 2 or step != 812', false],
    ['1e-3 + .5', 0.501],
    ['mean(in)', 5 / 6],
    ['sum(in)', 5],
    ['norm(in)', Math.sqrt(91)],
    ['rms(in)', Math.sqrt(91 / 6)],
    ['var(in)', 91 / 6 - 25 / 36],
    ['std(in) ** 2', 91 / 6 - 25 / 36],
    ['in.var', 91 / 6 - 25 / 36],
    ['min(in)', -6],
    ['max(abs(in))', 6],
    ['max(loss, step)', 812],
    ['count(in)', 6],
    ['nonFinite(bad)', 1],
    ['in[1, -1]', -6],
    ['sum(in[:, 0])', 5],
    ['sum(in[0])', 2],
    ['count(in[:, 1:])', 4],
    ['count(in[:, :-2])', 2],
    ['count(in[0:9])', 6],
    ['sum(in + row)', 125],
    ['sum(row * in[0])', 60],
    ['cos(in, in)', 1],
    ['cos(in, grad(in))', 1 / Math.sqrt(91)],
    ['grad(in)[0, 0]', 1],
    ['grad:in[0, 0] + 1', 2],
    ['updateRatio(weight) > -4', true],
    ['mean(4.out)', 5 / 6],
    ['mean(`my-block.in`)', 5 / 6],
    ['max(topk(abs(in), 2))', 6],
    ['sqrt(abs(-4)) + exp(0) + log(1) + log10(100)', 5],
    ['in.var.max', 7],
  ];
  for (const [text, expected] of cases) {
    it(text, () => {
      const found = valueOf(text);
      if (typeof expected === 'boolean') assert.equal(found, expected);
      else {
        assert.equal(typeof found, 'number');
        assert.ok(Math.abs(Number(found) - expected) < 1e-12, `${Number(found)} for ${expected}`);
      }
    });
  }

  it("takes a norm's own variance where there is one, by either spelling", () => {
    for (const text of [
      'var(blocks.0.norm.in)',
      'blocks.0.norm.in.var',
      'std(blocks.0.norm.in) ** 2',
    ]) {
      assert.equal(valueOf(text), 4);
    }
    assert.notEqual(valueOf('var(blocks.0.norm.in[:])'), 4, 'a slice is a tensor of its own');
  });

  it('says where the largest elements are, NaN first', () => {
    const found = valueOf('topk(in, 2)') as Tensor;
    assert.deepEqual(
      [found.shape, [...found.data], found.labels],
      [[2], [5, 4], ['[1, 1]', '[1, 0]']],
    );
    assert.ok(Number.isNaN((valueOf('topk(bad, 1)') as Tensor).data[0]));
  });

  it('does not hide a non-finite element', () => {
    for (const text of [
      'mean(bad)',
      'var(bad)',
      'std(bad)',
      'max(bad)',
      'norm(bad)',
      'kurt(bad)',
    ]) {
      assert.ok(Number.isNaN(valueOf(text)), text);
    }
  });

  const wrong: readonly (readonly [string, RegExp, number])[] = [
    ['', /ends too early/, 0],
    ['1 +', /ends too early/, 3],
    ['var(inn)', /there is no 'inn' here; there is loss, step, in,/, 4],
    ['vra(in)', /no function vra; there is mean, var,/, 0],
    ['in > 4', /tensor \[2, 3\] > a number.*max\(abs/, 3],
    ['loss and 1', /both sides must be comparisons/, 5],
    ['not loss', /not cannot be applied to a number/, 0],
    ['mean(loss)', /mean takes one tensor/, 0],
    ['cos(in, row)', /differ in size/, 0],
    ['in + bad', /shapes do not fit/, 3],
    ['in[2, 0]', /outside of axis 0, whose size is 2/, 2],
    ['in[0, 0, 0]', /3 indices are too many for a tensor \[2, 3\]/, 2],
    ['in[0.5]', /whole number/, 3],
    ['loss[0]', /only tensors have indices/, 4],
    ['loss ; 1', /';' has no meaning/, 5],
    ['(1', /\) belongs here/, 2],
    ['1 2', /an operator belongs here/, 2],
    ['grad(1)', /takes one name/, 0],
    ['constructor', /no 'constructor'/, 0],
    ['toString(in)', /no function toString/, 0],
    [`${'('.repeat(80)}1${')'.repeat(80)}`, /nested too deeply/, 60],
  ];
  for (const [text, message, position] of wrong) {
    it(`refuses ${text.slice(0, 20)}`, () => {
      const error = problem(text);
      assert.match(error.message, message);
      assert.equal(error.position, position);
    });
  }

  it('throws nothing but its own errors, whatever the text', () => {
    const pieces = [
      'in',
      'loss',
      '(',
      ')',
      '[',
      ']',
      ':',
      ',',
      '+',
      '**',
      '>',
      'not',
      'and',
      '3',
      '.',
      'var',
      'topk',
      '`',
      'grad',
    ];
    const text = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((p) => p.join(' '));
    fc.assert(
      fc.property(fc.oneof(text, fc.string()), (source) => {
        try {
          valueOf(source);
        } catch (error) {
          assert.ok(error instanceof ExpressionError, String(error));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('knows what each step yields anyway', () => {
    const used = (text: string): unknown =>
      scalarTapsOf(checkExpression(parseExpression(text), scope)).map(
        ({ name, statistic }) => `${statistic ?? ''} ${name}`,
      );
    assert.deepEqual(used('std(in) > 4 and loss < 3'), ['var in', ' loss']);
    assert.deepEqual(used('in.mean + max(in)'), ['mean in', ' in']);
    assert.deepEqual(used('-var(in[0])'), [' in']);
  });
});
