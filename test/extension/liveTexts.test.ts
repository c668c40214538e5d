import assert from 'node:assert/strict';
import { liveTexts } from '../../src/extension/liveTexts.ts';
import { normWidth } from '../../src/statistics/taps.ts';

const trained = 'layers:\n  - LayerNorm\n  - Repeat\n';
const norms = [2, 3, 3].map((line, index) => ({ path: String(index), type: 'LayerNorm', line }));

/** Norm i has these four first columns, the others do not matter. */
function rowOf(...columns: readonly (readonly number[])[]): Float32Array {
  const row = new Float32Array(columns.length * normWidth);
  columns.forEach((values, norm) => {
    row.set(values, norm * normWidth);
  });
  return row;
}

describe('live values', () => {
  const row = rowOf([0.0204, 2.4783, 0, 1], [1, 1, 1, 1], [-3, 12345, 0.0004, 250.126]);
  const lineOf = (text: string) => (line: number) => text.split('\n')[line - 1];

  it('are mean and variance before and after each line’s norm, the deepest of several', () => {
    assert.deepEqual(liveTexts(norms, row, trained, lineOf(trained)), [
      { line: 2, text: 'in µ 0.02 σ² 2.48 → out µ 0.00 σ² 1.00' },
      { line: 3, text: 'in µ -3.00 σ² 1.2e+4 → out µ 4e-4 σ² 250.13 (last of 2)' },
    ]);
  });

  it('stand only at lines that are as they were when the training began', () => {
    const changed = trained.replace('LayerNorm', 'RMSNorm');
    assert.deepEqual(
      liveTexts(norms, row, trained, lineOf(changed)).map(({ line }) => line),
      [3],
    );
    assert.deepEqual(liveTexts(norms, row, trained, lineOf(`\n${trained}`)), []);
  });
});
