import * as l10n from '@vscode/l10n';
import { counted } from '../../base/counts.ts';
import { formatShape, type Value } from '../../compiler/graph/types.ts';
import { add, mul, reduceMean, reshape, sub } from '../../compiler/ops/expressions.ts';
import { defaultValue, flag, integer, number, optional } from './arguments.ts';
import { channelMoments, channelsOf, perChannel, type Channelled } from './channels.ts';
import { defineLayer, LayerProblem, type LayerContext } from './definition.ts';
import { nearestDivisors } from './divisors.ts';
import { ones, zeros } from './initializers.ts';
import { keepRunning, normalizeByRunning } from './runningStatistics.ts';

export const groupNorm = defineLayer({
  type: 'GroupNorm',
  category: 'norm',
  doc: {
    summary:
      'Brings every group of channels of every case to mean 0 and variance 1, then applies a trained gain and bias per channel. Does not depend on the batch.',
    formula: 'y = (x − mean(x)) / sqrt(var(x) + eps) · weight + bias',
    url: 'https://pytorch.org/docs/stable/generated/torch.nn.GroupNorm.html',
  },
  positional: 'num_groups',
  arguments: {
    num_groups: integer('Number of groups; must divide the number of channels.'),
    num_channels: optional(integer('Number of channels.'), 'the size of the second axis'),
    eps: number('Added to the variance.', { min: 0, fallback: defaultValue(1e-5) }),
    affine: flag('Whether to multiply by a trained gain and add a trained bias.', true),
  },
  parameters: ['weight', 'bias'],
  lower(context, { num_groups: groups, num_channels: wanted, eps, affine }) {
    const input = channelsOf(context, [2, 3, 4], wanted, 'num_channels');
    if (input.channels % groups !== 0) {
      throw new LayerProblem(
        'groups-not-dividing',
        l10n.t(
          '{0} groups do not divide the {1} of the input {2} (line {3}): {4}',
          groups,
          counted.channels(input.channels),
          formatShape(input.value.shape),
          context.input.line,
          nearestDivisors(input.channels, groups),
        ),
        context.item.places.get('num_groups'),
      );
    }
    return normalizeGroups(context, input, groups, eps, affine).output;
  },
});

export const instanceNorm2d = defineLayer({
  type: 'InstanceNorm2d',
  category: 'norm',
  doc: {
    summary:
      'Brings every channel of every picture [N, C, H, W] to mean 0 and variance 1; evaluation does the same, or goes by running averages where they are kept.',
    formula: 'y = (x − mean(x)) / sqrt(var(x) + eps) · weight + bias',
    url: 'https://pytorch.org/docs/stable/generated/torch.nn.InstanceNorm2d.html',
  },
  positional: 'num_features',
  arguments: {
    num_features: optional(integer('Number of channels.'), 'the size of the second axis'),
    eps: number('Added to the variance.', { min: 0, fallback: defaultValue(1e-5) }),
    momentum: number('Share of a batch in the running averages.', {
      min: 0,
      max: 1,
      fallback: defaultValue(0.1),
    }),
    affine: flag('Whether to multiply by a trained gain and add a trained bias.', false),
    track_running_stats: flag('Whether to keep running averages, for evaluation.', false),
  },
  parameters: ['weight', 'bias'],
  lower(context, values) {
    const { num_features: wanted, eps, affine, momentum, track_running_stats: isTracked } = values;
    const input = channelsOf(context, [4], wanted, 'num_features');
    if (!isTracked) return normalizeGroups(context, input, input.channels, eps, affine).output;
    if (context.training) {
      const { output, mean, inverseStd } = normalizeGroups(
        context,
        input,
        input.channels,
        eps,
        affine,
      );
      const batch = averages(context, input, { mean, inverseStd }, eps);
      const { positions } = input;
      keepRunning(context, input, (which) => ({
        kind: 'average',
        batch: batch[which],
        factor: which === 'mean' ? 1 : positions / (positions - 1),
        momentum,
      }));
      return output;
    }
    const running = keepRunning(context, input, () => undefined);
    return normalizeByRunning(context, input, running, gainAndBias(context, input, affine), eps);
  },
});

/** Wu and He 2018: a LayerNorm of each group, then gain and bias per channel. */
function normalizeGroups(
  context: LayerContext,
  input: Channelled,
  groups: number,
  eps: number,
  affine: boolean,
): { readonly output: Value; readonly mean: Value; readonly inverseStd: Value } {
  const { g } = context;
  const { value, cases, channels, positions } = input;
  const features = (channels / groups) * positions;
  if (features === 1) {
    throw new LayerProblem(
      'too-few-values',
      l10n.t(
        '{0} has groups of a single value in {1} (line {2}), which it would turn into 0: use fewer groups, or another norm',
        context.item.type,
        formatShape(value.shape),
        context.input.line,
      ),
    );
  }
  const rows = reshape(g, value, [cases, groups, features]);
  const [xhat, mean, inverseStd] = g.node('LayerNormalization', [rows, g.full([features], 1)], {
    axis: -1,
    epsilon: eps,
  });
  if (!xhat || !mean || !inverseStd) throw new Error('LayerNormalization has three outputs');
  const output = affine
    ? channelAffine(context, reshape(g, xhat, value.shape))
    : reshape(g, xhat, value.shape);
  context.tap('centred', reshape(g, sub(g, rows, mean), value.shape));
  context.tap('sigma', g.op('Reciprocal', [inverseStd]));
  context.tap('xhat', reshape(g, xhat, value.shape));
  const places = { in: value, out: output };
  for (const [place, tapped] of Object.entries(places) as ['in' | 'out', Value][]) {
    const moments = channelMoments(context, tapped);
    context.tap(`mean:${place}`, moments.mean);
    context.tap(`var:${place}`, moments.variance);
  }
  const own = { mean, inverseStd };
  const outputRows = reshape(g, output, rows.shape);
  context.norm({ input: rows, output: outputRows, epsilon: eps, own });
  return { output, ...own };
}

/** Means over the cases of mean and biased variance of each channel; [channels]. */
function averages(
  { g }: LayerContext,
  { channels }: Channelled,
  { mean, inverseStd }: { readonly mean: Value; readonly inverseStd: Value },
  eps: number,
): { readonly mean: Value; readonly variance: Value } {
  const sigma = g.op('Reciprocal', [inverseStd]);
  const variance = sub(g, mul(g, sigma, sigma), g.scalar(eps));
  const overCases = (value: Value): Value => reshape(g, reduceMean(g, value, [0], 0), [channels]);
  return { mean: overCases(mean), variance: overCases(variance) };
}

function gainAndBias(
  context: LayerContext,
  { channels }: Channelled,
  affine: boolean,
): { readonly gain: Value; readonly bias: Value } {
  const { g } = context;
  if (!affine) return { gain: g.full([channels], 1), bias: g.full([channels], 0) };
  return {
    gain: context.parameter('weight', [channels], ones),
    bias: context.parameter('bias', [channels], zeros),
  };
}

function channelAffine(context: LayerContext, xhat: Value): Value {
  const { g } = context;
  const shape = xhat.shape.slice(1, 2);
  const gain = context.parameter('weight', shape, ones);
  const bias = context.parameter('bias', shape, zeros);
  context.tap('gain', gain);
  context.tap('bias', bias);
  const scaled = mul(g, xhat, perChannel(context, gain, xhat));
  return add(g, scaled, perChannel(context, bias, xhat));
}
