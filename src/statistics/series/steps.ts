/** Steps as a series takes them in, column by column: element i of each is about step `first + i · stride`. */
export interface StepColumns {
  readonly first: number;
  /** Steps that one element stands for; 1 when left out. */
  readonly stride?: number;
  /** The last step that the last element stands for, when that is fewer than `stride` steps. */
  readonly last?: number;
  readonly loss: Float64Array;
  /** Share of the cases that were given their class; NaN or left out where cases have none. */
  readonly accuracy?: Float64Array;
  readonly lr: Float64Array;
  readonly gradNorm: Float64Array;
  /** [steps, norms, normWidth]: see `normColumns`. */
  readonly norms: Float32Array;
  /** Extremes of the steps that an element stands for; the values themselves when left out. */
  readonly lossMin?: Float64Array;
  readonly lossMax?: Float64Array;
  readonly gradNormMin?: Float64Array;
  readonly gradNormMax?: Float64Array;
}

/** Steps of which several became one element. */
export interface ThinnedSteps extends StepColumns {
  readonly stride: number;
  readonly last: number;
}
