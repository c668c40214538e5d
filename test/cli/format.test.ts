import assert from 'node:assert/strict';
import { formatCount } from '../../src/base/counts.ts';
import { formatDuration, formatNumber } from '../../src/cli/numbers.ts';
import { normTable } from '../../src/cli/normTable.ts';
import { tableLines } from '../../src/cli/table.ts';
import { expandOverrides } from '../../src/cli/usage.ts';

describe('numbers for people', () => {
  it('have four significant digits', () => {
    assert.equal(formatNumber(0), '0');
    assert.equal(formatNumber(1.23456), '1.235');
    assert.equal(formatNumber(-0.0123456), '-0.01235');
    assert.equal(formatNumber(12345.6), '12346');
    assert.equal(formatNumber(1.5e-7), '1.50e-7');
    assert.equal(formatNumber(2.5e9), '2.50e+9');
    assert.equal(formatNumber(NaN), 'NaN');
    assert.equal(formatNumber(-Infinity), '-Infinity');
  });

  it('group counts by thousands', () => {
    assert.equal(formatCount(804096), '804,096');
  });

  it('tell durations in the largest two units', () => {
    assert.equal(formatDuration(8.24), '8.2 s');
    assert.equal(formatDuration(59.4), '59 s');
    assert.equal(formatDuration(185), '3 min 05 s');
    assert.equal(formatDuration(7650), '2 h 07 min');
    assert.equal(formatDuration(Infinity), '?');
  });
});

describe('tables for people', () => {
  it('align texts to the left and numbers to the right', () => {
    const columns = [
      { title: 'name', align: 'left' },
      { title: 'n', align: 'right' },
    ] as const;
    const rows = [
      ['a', '1'],
      ['longer', '123'],
    ];
    assert.deepEqual(tableLines(columns, rows), ['name      n', 'a         1', 'longer  123']);
  });

  it('list norms with mean and variance before and after', () => {
    const moments = { in: { mean: 0.5, var: 2 }, out: { mean: 0, var: 0.99999 } };
    assert.deepEqual(normTable([['blocks.0.norm', moments]]), [
      'norm           in mean  in var  out mean  out var',
      'blocks.0.norm   0.5000   2.000         0    1.000',
    ]);
  });
});

describe('overrides', () => {
  it('may follow one --set together', () => {
    assert.deepEqual(expandOverrides(['check', '--set', 'a=1', 'b.c=2', 'm.yaml', '--json']), [
      ...['check', '--set', 'a=1', '--set', 'b.c=2', 'm.yaml', '--json'],
    ]);
  });

  it('do not take the model file with them', () => {
    const parameters = ['train', '--set', 'a=1', 'm.model.yaml', 'x=1'];
    assert.deepEqual(expandOverrides(parameters), parameters);
  });
});
