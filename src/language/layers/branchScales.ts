import * as l10n from '@vscode/l10n';
import { axisSize } from '../../compiler/graph/shapes.ts';
import type { Shape, Value } from '../../compiler/graph/types.ts';
import { add, mul, product, reshape, scale, sub } from '../../compiler/ops/expressions.ts';
import { affine } from './affine.ts';
import { LayerProblem, type Item, type LayerContext } from './definition.ts';
import { constantOf, uniformByFanIn } from './initializers.ts';
import { convolves } from './shortcuts.ts';

/** What may stand for the factor on a residual's branch, besides a number. */
export const scaleWords = ['learned', 'per-channel', 'deepnorm', 'highway'] as const;

export type BranchScale = number | (typeof scaleWords)[number];

/** Skip and branch as they are added. */
export interface Addends {
  readonly skip: Value | undefined;
  readonly branch: Value;
}

/** First values by kind: ReZero's and SkipInit's 0, LayerScale's for deep nets, a highway that mostly carries. */
const firstValues = { learned: 0, 'per-channel': 1e-5, highway: -2 } as const;

/**
 * Scales skip and branch before they are added.
 * - `learned`: a trained factor, 0 at first (Bachlechner et al. 2020, ReZero; De and Smith 2020, SkipInit).
 * - `per-channel`: one per channel, small at first (Touvron et al. 2021, LayerScale).
 * - `deepnorm`: the skip times (2N)^¼, where a net of N layers has 2N such residuals (Wang et al. 2022).
 * - `highway`: branch · T + skip · (1 − T), T = sigmoid(W · skip + b) (Srivastava et al. 2015).
 */
export function scaleAddends(
  context: LayerContext,
  how: BranchScale,
  first: number | undefined,
  { skip, branch }: Addends,
): Addends {
  const { g } = context;
  switch (how) {
    case 'learned': {
      const factor = context.parameter('scale', [1], constantOf(first ?? firstValues[how]));
      return { skip, branch: mul(g, branch, factor) };
    }
    case 'per-channel': {
      const axis = channelAxis(context.item, branch.shape);
      const channels = axisSize(branch.shape, axis);
      const value = constantOf(first ?? firstValues[how]);
      const factors = context.parameter('scale', [channels], value);
      const after = branch.shape.slice(axis + 1).map(() => 1);
      return { skip, branch: mul(g, branch, reshape(g, factors, [channels, ...after])) };
    }
    case 'deepnorm':
      return { skip: skip && scale(g, skip, deepnormFactor(context)), branch };
    case 'highway': {
      if (skip === undefined) {
        throw new LayerProblem(
          'bad-value',
          l10n.t('scale: highway gates the skip, and shortcut is none'),
        );
      }
      const gate = highwayGate(context, skip, first ?? firstValues[how]);
      context.tap('gate', gate);
      const carried = mul(g, skip, sub(g, g.scalar(1), gate));
      return { skip: carried, branch: mul(g, branch, gate) };
    }
    default:
      return { skip, branch: scale(g, branch, how) };
  }
}

/** Channels are the second axis of pictures, and of whatever a convolution makes; else the last. */
export function channelAxis({ parts }: Item, shape: Shape): number {
  const isMap = shape.length > 3 || (shape.length > 2 && convolves(parts['body'] ?? []));
  return isMap ? 1 : shape.length - 1;
}

function deepnormFactor(context: LayerContext): number {
  const residuals = context.count('deepnorm', ({ values }) => values['scale'] === 'deepnorm');
  return residuals ** 0.25;
}

function highwayGate(context: LayerContext, skip: Value, first: number): Value {
  const { g } = context;
  const axis = channelAxis(context.item, skip.shape);
  const channels = axisSize(skip.shape, axis);
  const weight = context.parameter('gate.weight', [channels, channels], uniformByFanIn(channels));
  const bias = context.parameter('gate.bias', [channels], constantOf(first));
  if (axis === skip.shape.length - 1) return g.op('Sigmoid', [affine(context, skip, weight, bias)]);
  const [cases = 1, , ...size] = skip.shape;
  const positions = size.reduce((total, length) => total * length, 1);
  const mixed = product(g, weight, reshape(g, skip, [cases, channels, positions]));
  const gate = g.op('Sigmoid', [add(g, mixed, reshape(g, bias, [channels, 1]))]);
  return reshape(g, gate, skip.shape);
}
