import type { NormColumn } from '../taps.ts';

export const scalarNames = [
  'loss',
  'lossMin',
  'lossMax',
  'gradNorm',
  'gradNormMin',
  'gradNormMax',
  'lr',
  'accuracy',
] as const;

/** A number per step that does not belong to a norm; `…Min` and `…Max` are its extremes inside a bucket. */
export type ScalarColumn = (typeof scalarNames)[number];

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
  /** The newest steps told once more, one by one: for the window of recent steps alone. */
  readonly isRecent?: boolean;
}

/** Steps of which several became one element. */
export interface ThinnedSteps extends StepColumns {
  readonly stride: number;
  readonly last: number;
}

/** What charts draw: columns over steps. */
export interface SeriesColumns {
  /** The steps at which the columns have values, ascending. */
  steps(): number[];
  /** A scalar column, one value per entry of `steps()`. */
  scalar(name: ScalarColumn): number[];
  /** A column of norm `norm` (its place in the run's list), one value per entry of `steps()`. */
  norm(norm: number, name: NormColumn): number[];
}
