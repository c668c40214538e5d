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
