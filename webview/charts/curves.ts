import type { ColorName } from '../theme.ts';

/** How one curve of a chart looks, and what it is called. */
export interface Curve {
  readonly label: string;
  readonly color: ColorName;
  /** A solid line where nothing is said; dots are joined by a thin line. */
  readonly form?: 'dashed' | 'dots' | 'bars';
}

/** Values of one curve, one per position; NaN leaves a gap. */
export interface CurveData {
  readonly values: readonly number[];
  /** Range around the values, drawn as a band. */
  readonly low?: readonly number[];
  readonly high?: readonly number[];
}

export interface ChartData {
  /** Positions along the axis, ascending. */
  readonly positions: readonly number[];
  readonly curves: readonly CurveData[];
}
