/**
 * The places of a layer whose values can be looked at. One table: layers, picture, breakpoints and run files use these names.
 * Parameters are `param:<name>`, gradients `grad:<tap>`.
 */
export type TapName =
  /** Any layer. */
  | 'in'
  | 'out'
  /** A layer that combines several values: each of them, from 0. */
  | `in${number}`
  /** A norm: in − mean, sqrt(var + eps), what it is before gain and bias, and the trained gain and bias. */
  | 'centred'
  | 'sigma'
  | 'xhat'
  | 'gain'
  | 'bias'
  /** A norm over channels: mean and biased variance of each channel before and after it, [channels]. */
  | `${'mean' | 'var'}:${'in' | 'out'}`
  /** A residual: sum = skip + branch. */
  | 'skip'
  | 'branch'
  | 'sum'
  /** A residual with a highway gate: the share of the branch. */
  | 'gate'
  /** Attention: scaled scores before mask and softmax, and the weights after it, both [batch, heads, queries, keys]. */
  | 'scores'
  | 'weights';

/** Statistics of one norm that are kept for every step, in the order in which they are stored. */
export const normColumns = [
  'in.mean',
  'in.var',
  'out.mean',
  'out.var',
  'in.mean.min',
  'in.mean.max',
  'in.var.min',
  'in.var.max',
  'out.mean.min',
  'out.mean.max',
  'out.var.min',
  'out.var.max',
] as const;

export type NormColumn = (typeof normColumns)[number];

/** Numbers kept per norm and step. */
export const normWidth = normColumns.length;
