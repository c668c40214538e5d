import type { GraphBuilder } from '../graph/builder.ts';
import type { ChannelMoments, NormSite } from '../graph/model.ts';
import { rowsOf } from '../graph/shapes.ts';
import { sizeOf, type Value } from '../graph/types.ts';
import { add, mul, reduceMean, reshape, sub } from '../ops/expressions.ts';

/**
 * How the second row vector of a place is to be read.
 * - `inverseStd`: 1 / sqrt(var + epsilon), as the norm itself computed it.
 * - `variance`: the biased variance itself.
 * - `centredSquares`: mean over the features of (x − mean)².
 * - `squares`: mean over the features of x². Loses digits where the mean is much larger than the spread (relative error of
 *   the variance about 1e-7 · (1 + mean² / var)), so it is used after a norm only, where it costs half.
 */
export type SecondMoment = 'inverseStd' | 'variance' | 'centredSquares' | 'squares';

/** Where in the flat `rows` output the statistics of one place of a norm lie: `rows` means, then `rows` second moments. */
export interface RowPlace {
  readonly offset: number;
  readonly second: SecondMoment;
}

/** The slice of a training program's `rows` output that belongs to one norm. */
export interface NormLayout {
  readonly path: string;
  readonly type: string;
  readonly line: number;
  /** Tokens (rows) and features (elements of a row) of this norm's input; for a norm over the batch, channels and their elements. */
  readonly rows: number;
  readonly features: number;
  readonly epsilon: number;
  readonly in: RowPlace;
  readonly out: RowPlace;
}

/**
 * Appends the statistics of all norms: the mean and second moment of each row before and after each, one flat float32
 * vector. The reduction over rows happens outside of the graph, in float64, where spreads and quantiles come for free.
 */
export function appendNormRows(
  g: GraphBuilder,
  norms: readonly NormSite[],
): { readonly rows: Value | undefined; readonly layout: readonly NormLayout[] } {
  const parts: Value[] = [];
  const layout: NormLayout[] = [];
  let offset = 0;
  const place = (mean: Value, second: Value, form: SecondMoment): RowPlace => {
    const at = { offset, second: form };
    for (const part of [mean, second]) {
      parts.push(reshape(g, part, [sizeOf(part.shape), 1]));
      offset += sizeOf(part.shape);
    }
    return at;
  };
  for (const norm of norms) {
    g.within({ stage: 'statistics', path: norm.path, line: norm.line }, () => {
      const { path, type, line, epsilon, own, channels } = norm;
      if (channels) {
        const rows = sizeOf(channels.mean.shape);
        const features = sizeOf(norm.input.shape) / rows;
        const before = place(channels.mean, channels.variance, 'variance');
        const after = place(channels.bias, outputVariance(g, channels, epsilon), 'variance');
        layout.push({ path, type, line, rows, features, epsilon, in: before, out: after });
        return;
      }
      const { rows, features } = rowsOf(norm.input.shape);
      const before = own
        ? place(own.mean, own.inverseStd, 'inverseStd')
        : place(...centredMoments(g, norm.input), 'centredSquares');
      const after = place(...plainMoments(g, norm.output), 'squares');
      layout.push({ path, type, line, rows, features, epsilon, in: before, out: after });
    });
  }
  const rows =
    parts.length === 0 ? undefined : reshape(g, g.op('Concat', parts, { axis: 0 }), [offset]);
  return { rows, layout };
}

/** What a norm makes of a channel's variance: gain² · var / (var + eps), exactly; its mean becomes the bias. */
export function outputVariance(g: GraphBuilder, channels: ChannelMoments, epsilon: number): Value {
  const { variance, gain } = channels;
  const share = g.op('Div', [variance, add(g, variance, g.scalar(epsilon))]);
  return mul(g, mul(g, gain, gain), share);
}

/** The mean of each row's features: [rows, 1]. */
function rowMeans(g: GraphBuilder, matrix: Value): Value {
  return reduceMean(g, matrix, [1], 1);
}

function asMatrix(g: GraphBuilder, value: Value): Value {
  const { rows, features } = rowsOf(value.shape);
  return reshape(g, value, [rows, features]);
}

function centredMoments(g: GraphBuilder, value: Value): readonly [Value, Value] {
  const x = asMatrix(g, value);
  const mean = rowMeans(g, x);
  const centred = sub(g, x, mean);
  return [mean, rowMeans(g, mul(g, centred, centred))];
}

function plainMoments(g: GraphBuilder, value: Value): readonly [Value, Value] {
  const x = asMatrix(g, value);
  return [rowMeans(g, x), rowMeans(g, mul(g, x, x))];
}
