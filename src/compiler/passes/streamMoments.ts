import type { GraphBuilder } from '../graph/builder.ts';
import type { ResidualSite } from '../graph/model.ts';
import type { Value } from '../graph/types.ts';
import { mul, reduceMean, reshape, sub } from '../ops/expressions.ts';

/** Where in the flat `stream` output the moments of one value lie: a mean for each channel, then as many biased variances. */
export interface MomentsPlace {
  readonly offset: number;
  readonly channels: number;
}

/** The slice of a stream program's output that belongs to one residual. */
export interface StreamLayout {
  readonly path: string;
  readonly skip: MomentsPlace;
  readonly branch: MomentsPlace;
  readonly sum: MomentsPlace;
  readonly out: MomentsPlace;
}

/**
 * Appends mean and biased variance of each channel of what each residual adds, of the sum and of what leaves it, as one flat float32
 * vector; what is made of the channels is made outside of the graph in float64. A value that is several of these, as the skip of one
 * residual is what leaves the one before, is measured once.
 */
export function appendStreamMoments(
  g: GraphBuilder,
  residuals: readonly ResidualSite[],
): { readonly moments: Value | undefined; readonly layout: readonly StreamLayout[] } {
  const parts: Value[] = [];
  const places = new Map<Value, { readonly axis: number; readonly at: MomentsPlace }>();
  let offset = 0;
  const place = (value: Value, channelAxis: number): MomentsPlace => {
    const known = places.get(value);
    if (known?.axis === channelAxis) return known.at;
    const channels = value.shape[channelAxis] ?? 1;
    const axes = value.shape.map((_, axis) => axis).filter((axis) => axis !== channelAxis);
    const mean = reduceMean(g, value, axes, 1);
    const centred = sub(g, value, mean);
    const variance = reduceMean(g, mul(g, centred, centred), axes, 1);
    parts.push(...[mean, variance].map((part) => reshape(g, part, [channels, 1])));
    const at = { offset, channels };
    places.set(value, { axis: channelAxis, at });
    offset += 2 * channels;
    return at;
  };
  const layout = residuals.map(({ path, line, skip, branch, sum, out, channelAxis }) =>
    g.within({ stage: 'statistics', path, line }, () => ({
      path,
      skip: place(skip, channelAxis),
      branch: place(branch, channelAxis),
      sum: place(sum, channelAxis),
      out: place(out, channelAxis),
    })),
  );
  if (parts.length === 0) return { moments: undefined, layout };
  return { moments: reshape(g, g.op('Concat', parts, { axis: 0 }), [offset]), layout };
}
