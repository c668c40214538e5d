import assert from 'node:assert/strict';
import { erf } from './oracle/erf.ts';

/** Values of the error function to the last digit of a double, from the series of DLMF 7.6.1 in exact rational arithmetic. */
const known: readonly (readonly [number, number])[] = [
  [0.0009765625, 0.0011019324300718147],
  [0.1, 0.1124629160182849],
  [0.5, 0.5204998778130465],
  [1, 0.8427007929497148],
  [1.5, 0.9661051464753108],
  [2, 0.9953222650189527],
  [2.5, 0.9995930479825551],
  [2.9, 0.9999589021219005],
  [3, 0.9999779095030014],
  [3.5, 0.9999992569016276],
  [4.5, 0.999999999803384],
  [5.5, 0.9999999999999927],
];

describe('oracle', () => {
  it('knows the error function to 1e-15', () => {
    for (const [x, value] of known) {
      assert.ok(Math.abs(erf(x) - value) <= 1e-15, `erf(${x}) = ${erf(x)}, not ${value}`);
      assert.equal(erf(-x), -erf(x));
    }
  });

  it('has no step where the error function changes its method', () => {
    const below = erf(3 - 1e-9);
    const slope = (2 / Math.sqrt(Math.PI)) * Math.exp(-9);
    assert.ok(Math.abs(erf(3) - below - slope * 1e-9) < 1e-15);
  });
});
