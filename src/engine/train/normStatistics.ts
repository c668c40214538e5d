import type { NormLayout, RowPlace } from '../../compiler/passes/normRows.ts';
import { summarizeRows, type SecondMomentForm } from '../../statistics/definitions.ts';
import { normWidth } from '../../statistics/taps.ts';

interface PlaceRows {
  /** One number per row, views into what the program writes. */
  readonly means: Float32Array;
  readonly seconds: Float32Array;
  readonly form: SecondMomentForm;
  readonly epsilon: number;
}

/** One side of a norm, and where its averages (mean, variance) and its ranges lie in the sums. */
interface Place extends PlaceRows {
  readonly averages: number;
  readonly ranges: number;
}

/** The columns of a norm before any batch: averages, then least and greatest mean and variance, before and after it. */
const nothing = [
  ...[0, 0, 0, 0],
  ...[Infinity, -Infinity, Infinity, -Infinity],
  ...[Infinity, -Infinity, Infinity, -Infinity],
];

/**
 * Collects the norm statistics of a step: the rows of each of its batches become `normColumns` per norm. Averages are over all
 * rows of all batches, ranges span them.
 */
export class NormStatistics {
  private readonly places: readonly Place[];
  private readonly sums: Float64Array;

  /** `rows` is where the program writes. */
  constructor(layout: readonly NormLayout[], rows: Float32Array) {
    this.places = layout.flatMap((norm, index) => {
      const at = index * normWidth;
      return [
        { ...placeOf(norm, norm.in, rows), averages: at, ranges: at + 4 },
        { ...placeOf(norm, norm.out, rows), averages: at + 2, ranges: at + 8 },
      ];
    });
    this.sums = new Float64Array(layout.length * normWidth);
  }

  /** Takes the rows of batch `batch` of the step's `batches`. */
  take(batch: number, batches: number): void {
    const { sums } = this;
    if (batch === 0) for (let at = 0; at < sums.length; at += normWidth) sums.set(nothing, at);
    for (const { means, seconds, form, epsilon, averages, ranges } of this.places) {
      const rows = summarizeRows(means, seconds, form, epsilon);
      sums[averages] = sums[averages]! + rows.mean / batches;
      sums[averages + 1] = sums[averages + 1]! + rows.var / batches;
      // Not comparisons: these keep a NaN once they have met one.
      sums[ranges] = Math.min(sums[ranges]!, rows.meanMin);
      sums[ranges + 1] = Math.max(sums[ranges + 1]!, rows.meanMax);
      sums[ranges + 2] = Math.min(sums[ranges + 2]!, rows.varMin);
      sums[ranges + 3] = Math.max(sums[ranges + 3]!, rows.varMax);
    }
  }

  /** [norms, normWidth] */
  result(): Float32Array {
    return new Float32Array(this.sums);
  }
}

function placeOf(norm: NormLayout, place: RowPlace, rows: Float32Array): PlaceRows {
  const middle = place.offset + norm.rows;
  return {
    means: rows.subarray(place.offset, middle),
    seconds: rows.subarray(middle, middle + norm.rows),
    form: place.second,
    epsilon: norm.epsilon,
  };
}

/** Elements of the `rows` output of a program with this layout. */
export function rowsLength(layout: readonly NormLayout[]): number {
  return layout.reduce((sum, { rows }) => sum + 4 * rows, 0);
}
