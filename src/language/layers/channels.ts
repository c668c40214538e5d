import * as l10n from '@vscode/l10n';
import { counted } from '../../base/counts.ts';
import { formatShape, sizeOf, type Shape, type Value } from '../../compiler/graph/types.ts';
import { mul, reduceMean, reshape, sub } from '../../compiler/ops/expressions.ts';
import { anyOf } from '../../base/lists.ts';
import { LayerProblem, type LayerContext } from './definition.ts';

/** A tensor of cases with channels: PyTorch's (N, C, ...). */
export interface Channelled {
  readonly value: Value;
  readonly cases: number;
  readonly channels: number;
  /** Elements of one channel of one case. */
  readonly positions: number;
}

/** The input as (N, C, ...) of one of these ranks, with as many channels as the argument says; throws naming shape and remedy. */
export function channelsOf(
  context: LayerContext,
  ranks: readonly number[],
  wanted: number | undefined,
  argument: string,
): Channelled {
  const { value, line } = context.input;
  const { type, places } = context.item;
  const [cases, channels, ...rest] = value.shape;
  if (cases === undefined || channels === undefined || !ranks.includes(value.shape.length)) {
    throw new LayerProblem(
      'shape-mismatch',
      l10n.t(
        '{0} takes {1}, and its input (line {2}) is {3}',
        type,
        anyOf(ranks.map(layoutOf)),
        line,
        formatShape(value.shape),
      ),
    );
  }
  if (wanted !== undefined && wanted !== channels) {
    throw new LayerProblem(
      'shape-mismatch',
      l10n.t(
        '{0} is {1}, and the input {2} (line {3}) has {4}: leave it out, or write {5}',
        argument,
        wanted,
        formatShape(value.shape),
        line,
        counted.channels(channels),
        channels,
      ),
      places.get(argument),
    );
  }
  return { value, cases, channels, positions: sizeOf(rest) };
}

const axisNames = ['N', 'C', 'H', 'W'];

/** `[N, C, L]`: how PyTorch's documentation writes a shape of this rank. */
function layoutOf(rank: number): string {
  return rank === 3 ? '[N, C, L]' : `[${axisNames.slice(0, rank).join(', ')}]`;
}

/** One number per channel, in a shape that spreads over a tensor of (N, C, ...). */
export function perChannel(context: Pick<LayerContext, 'g'>, vector: Value, like: Value): Value {
  return reshape(context.g, vector, [sizeOf(vector.shape), ...like.shape.slice(2).map(() => 1)]);
}

/** Mean and biased variance of each channel of (N, C, ...), in two passes; [channels]. Nobody computes them unless they are fetched. */
export function channelMoments(
  { g }: Pick<LayerContext, 'g'>,
  value: Value,
): { readonly mean: Value; readonly variance: Value } {
  const [cases = 1, channels = 1] = value.shape;
  const shape: Shape = [cases, channels, sizeOf(value.shape) / (cases * channels)];
  const x = reshape(g, value, shape);
  const mean = reduceMean(g, x, [0, 2], 1);
  const centred = sub(g, x, mean);
  const variance = reduceMean(g, mul(g, centred, centred), [0, 2], 0);
  return { mean: reshape(g, mean, [channels]), variance };
}
