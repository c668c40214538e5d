/** The places of a layer whose values can be looked at. One table: picture, breakpoints, charts, run files use these names. */
export const tapNames = {
  /** Any layer. */
  layer: ['in', 'out'],
  /** A norm: in − mean, sqrt(var + eps), before gain and bias, and the trained gain and bias. */
  norm: ['in', 'centred', 'sigma', 'xhat', 'out', 'gain', 'bias'],
  /** A residual sum: sum = skip + branch. */
  residual: ['skip', 'branch', 'sum'],
  /** Attention: scaled scores before masking and softmax, and the weights after it, both [batch, heads, queries, keys]. */
  attention: ['scores', 'weights'],
} as const;

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
