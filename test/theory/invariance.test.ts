import assert from 'node:assert/strict';
import { RandomStream } from '../../src/base/random.ts';
import { newGraph } from '../../src/compiler/ops/registry.ts';
import { interpret } from '../compiler/oracle/interpreter.ts';
import { oracleTensor, type OracleTensor } from '../compiler/oracle/tensor.ts';

const cases = 7;
const inputs = 5;
const features = 6;

type Matrix = readonly (readonly number[])[];
type NormOp = 'LayerNormalization' | 'BatchNormalization';

const random = new RandomStream(11, 'invariance');
function matrix(rows: number, columns: number): Matrix {
  return Array.from({ length: rows }, () =>
    Array.from({ length: columns }, () => random.nextNormal()),
  );
}

const data = matrix(cases, inputs);
const weights = matrix(features, inputs);

/** norm(W · h) of every case in float64, with eps 0 and neither gain nor bias. */
function summed(norm: NormOp, w: Matrix, h: Matrix): readonly number[] {
  const g = newGraph();
  const x = g.input('x', 'float32', [cases, inputs]);
  const weight = g.input('w', 'float32', [features, inputs]);
  const a = g.op('FusedMatMul', [x, weight], { transA: 0, transB: 1, alpha: 1 });
  const gain = g.full([features], 1);
  const y =
    norm === 'LayerNormalization'
      ? g.op(norm, [a, gain], { axis: -1, epsilon: 0 })
      : g.op(norm, [a, gain, g.full([features], 0)], { training_mode: 1, epsilon: 0, momentum: 0 });
  const tensor = (rows: Matrix): OracleTensor =>
    oracleTensor('float32', [rows.length, rows[0]?.length ?? 0], rows.flat());
  const results = interpret(g.build('invariance', [{ name: 'y', value: y }]), {
    x: tensor(h),
    w: tensor(w),
  });
  return Array.from(results['y']?.data ?? []);
}

function scaled(rows: Matrix, factor: (row: number) => number): Matrix {
  return rows.map((row, index) => row.map((value) => value * factor(index)));
}

const vector = matrix(1, inputs)[0] ?? [];
function shifted(rows: Matrix): Matrix {
  return rows.map((row) => row.map((value, index) => value + (vector[index] ?? NaN)));
}

/**
 * Which changes of weights and data leave a norm's output as it was: table 1 of Ba, Kiros and Hinton 2016, Layer Normalization,
 * for pre-activations W · h. Float64, eps 0; the same within 1e-12, else different by more than 1e-3.
 */
describe('invariance of norms', () => {
  const changes: readonly (readonly [string, Matrix, Matrix, boolean, boolean])[] = [
    ['scaling all weights', scaled(weights, () => 3.7), data, true, true],
    ['adding one vector to all rows of the weights', shifted(weights), data, true, false],
    [
      'scaling one row of the weights',
      scaled(weights, (row) => (row === 2 ? 3.7 : 1)),
      data,
      false,
      true,
    ],
    ['scaling the data', weights, scaled(data, () => 3.7), true, true],
    ['adding one vector to the data', weights, shifted(data), false, true],
    ['scaling one case', weights, scaled(data, (row) => (row === 2 ? 3.7 : 1)), true, false],
  ];

  for (const [change, w, h, layer, batch] of changes) {
    for (const [norm, isInvariant] of [
      ['LayerNormalization', layer],
      ['BatchNormalization', batch],
    ] as const) {
      it(`${norm} is ${isInvariant ? '' : 'not '}invariant to ${change}`, () => {
        const before = summed(norm, weights, data);
        const after = summed(norm, w, h);
        const difference = Math.max(...before.map((y, i) => Math.abs(y - (after[i] ?? NaN))));
        if (isInvariant) assert.ok(difference < 1e-12, `differs by ${difference}`);
        else assert.ok(difference > 1e-3, `differs by ${difference} only`);
      });
    }
  }
});
