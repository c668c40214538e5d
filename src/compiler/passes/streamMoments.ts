import type { GraphBuilder } from '../graph/builder.ts';
import type { ResidualSite } from '../graph/model.ts';
import { sizeOf, type Value } from '../graph/types.ts';
import { mul, reduceMean, reshape, sub } from '../ops/expressions.ts';

/** Where in the flat `stream` output the moments of one value lie: `rows` means, then `rows` biased variances. */
export interface MomentsPlace {
  readonly offset: number;
  readonly rows: number;
}

/** The slice of a stream program's output that belongs to one residual. */
export interface StreamLayout {
  readonly path: string;
  readonly skip: MomentsPlace;
  readonly branch: MomentsPlace;
  readonly sum: MomentsPlace;
}

/**
 * Appends mean and biased variance of what each residual adds and of the sum, one pair per case of the batch, as one flat float32
 * vector: a reduction of float32 numbers stays within one case, the rest is done outside of the graph in float64.
 */
export function appendStreamMoments(
  g: GraphBuilder,
  residuals: readonly ResidualSite[],
): { readonly moments: Value | undefined; readonly layout: readonly StreamLayout[] } {
  const parts: Value[] = [];
  let offset = 0;
  const place = (value: Value): MomentsPlace => {
    const [rows = 1] = value.shape;
    const matrix = reshape(g, value, [rows, sizeOf(value.shape) / rows]);
    const mean = reduceMean(g, matrix, [1], 1);
    const centred = sub(g, matrix, mean);
    parts.push(mean, reduceMean(g, mul(g, centred, centred), [1], 1));
    const at = { offset, rows };
    offset += 2 * rows;
    return at;
  };
  const layout = residuals.map(({ path, line, skip, branch, sum }) =>
    g.within({ stage: 'statistics', path, line }, () => ({
      path,
      skip: place(skip),
      branch: place(branch),
      sum: place(sum),
    })),
  );
  if (parts.length === 0) return { moments: undefined, layout };
  return { moments: reshape(g, g.op('Concat', parts, { axis: 0 }), [offset]), layout };
}
