import type { NormLayout, RowPlace } from '../../compiler/passes/normRows.ts';
import { summarizeRows, type RowSummary } from '../../statistics/definitions.ts';
import { normWidth } from '../../statistics/taps.ts';

/** Columns of `normColumns` that are minima and maxima; the others are averages. */
const minima = [4, 6, 8, 10];
const maxima = [5, 7, 9, 11];

/**
 * Collects the norm statistics of a step: the rows of each of its batches become `normColumns` per norm. Averages are over all
 * rows of all batches, ranges span them.
 */
export class NormStatistics {
  private readonly layout: readonly NormLayout[];
  private readonly rows: Float32Array;
  private readonly sums: Float64Array;

  /** `rows` is where the program writes. */
  constructor(layout: readonly NormLayout[], rows: Float32Array) {
    this.layout = layout;
    this.rows = rows;
    this.sums = new Float64Array(layout.length * normWidth);
  }

  /** Takes the rows of batch `batch` of the step's `batches`. */
  take(batch: number, batches: number): void {
    const { sums } = this;
    this.layout.forEach((norm, index) => {
      const before = this.summarize(norm, norm.in);
      const after = this.summarize(norm, norm.out);
      const columns = [
        ...[before.mean, before.var, after.mean, after.var].map((x) => x / batches),
        ...[before.meanMin, before.meanMax, before.varMin, before.varMax],
        ...[after.meanMin, after.meanMax, after.varMin, after.varMax],
      ];
      const at = index * normWidth;
      columns.forEach((value, column) => {
        const held = sums[at + column]!;
        if (batch === 0) sums[at + column] = value;
        else if (minima.includes(column)) sums[at + column] = Math.min(held, value);
        else if (maxima.includes(column)) sums[at + column] = Math.max(held, value);
        else sums[at + column] = held + value;
      });
    });
  }

  /** [norms, normWidth] */
  result(): Float32Array {
    return Float32Array.from(this.sums);
  }

  private summarize(norm: NormLayout, place: RowPlace): RowSummary {
    const middle = place.offset + norm.rows;
    return summarizeRows(
      this.rows.subarray(place.offset, middle),
      this.rows.subarray(middle, middle + norm.rows),
      place.second,
      norm.epsilon,
    );
  }
}

/** Elements of the `rows` output of a program with this layout. */
export function rowsLength(layout: readonly NormLayout[]): number {
  return layout.reduce((sum, { rows }) => sum + 4 * rows, 0);
}
