import * as l10n from '@vscode/l10n';
import type { BufferUpdate } from '../../compiler/graph/model.ts';
import type { Value } from '../../compiler/graph/types.ts';
import { formatShape } from '../../compiler/graph/types.ts';
import { outputVariance } from '../../compiler/passes/normRows.ts';
import { add, reshape, sub, transpose } from '../../compiler/ops/expressions.ts';
import { defaultValue, flag, integer, number, optional } from './arguments.ts';
import { channelsOf, perChannel, type Channelled } from './channels.ts';
import {
  defineLayer,
  LayerProblem,
  type LayerContext,
  type LayerDefinition,
} from './definition.ts';
import { ones, zeros } from './initializers.ts';
import { numberOrWord } from './numberOrWord.ts';
import { keepRunning, normalizeByRunning } from './runningStatistics.ts';

export const batchNorm1d = batchNorm('BatchNorm1d', [2, 3], 'of features [N, C] or [N, C, L]');
export const batchNorm2d = batchNorm('BatchNorm2d', [4], 'of pictures [N, C, H, W]');

interface Settings {
  readonly eps: number;
  readonly momentum: number | 'null';
  readonly track_running_stats: boolean;
}

/** Ioffe and Szegedy 2015, as `torch.nn.BatchNorm1d` and `BatchNorm2d`. */
function batchNorm(type: string, ranks: readonly number[], what: string): LayerDefinition {
  return defineLayer({
    type,
    category: 'norm',
    doc: {
      summary: `Brings every channel ${what} to mean 0 and variance 1 over the batch, then applies a trained gain and bias. Evaluation uses running averages of mean and variance, which training keeps.`,
      formula: 'y = (x − mean(x)) / sqrt(var(x) + eps) · weight + bias',
      url: `https://pytorch.org/docs/stable/generated/torch.nn.${type}.html`,
    },
    positional: 'num_features',
    arguments: {
      num_features: optional(integer('Number of channels.'), 'the size of the second axis'),
      eps: number('Added to the variance.', { min: 0, fallback: defaultValue(1e-5) }),
      momentum: numberOrWord(
        'Share of a batch in the running averages; null: the mean over all batches so far.',
        ['null'],
        { min: 0, max: 1, fallback: defaultValue(0.1) },
      ),
      affine: flag('Whether to multiply by a trained gain and add a trained bias.', true),
      track_running_stats: flag(
        'Whether to keep running averages; without them evaluation, too, goes by the batch.',
        true,
      ),
    },
    parameters: ['weight', 'bias'],
    lower(context, values) {
      const input = channelsOf(context, ranks, values.num_features, 'num_features');
      const { g } = context;
      const shape = [input.channels];
      const weight = values.affine ? context.parameter('weight', shape, ones) : undefined;
      const shift = values.affine ? context.parameter('bias', shape, zeros) : undefined;
      if (weight) context.tap('gain', weight);
      if (shift) context.tap('bias', shift);
      const gain = weight ?? g.full(shape, 1);
      const bias = shift ?? g.full(shape, 0);
      if (context.training || !values.track_running_stats) {
        return ofBatch(context, input, gain, bias, values);
      }
      const running = keepCounted(context, input, () => undefined);
      return normalizeByRunning(context, input, running, { gain, bias }, values.eps);
    },
  });
}

/** By the statistics of this batch, which move the running ones. */
function ofBatch(
  context: LayerContext,
  input: Channelled,
  gain: Value,
  bias: Value,
  { eps, momentum, track_running_stats: isTracked }: Settings,
): Value {
  const { g } = context;
  const elements = input.cases * input.positions;
  requireSeveral(context, elements);
  const attributes = { training_mode: 1, epsilon: eps, momentum: 0 };
  const x = channelsTogether(context, input);
  const [y, mean, variance] = g.node('BatchNormalization', [x, gain, bias], attributes);
  if (!y || !mean || !variance) throw new Error('BatchNormalization has three outputs');
  const output = channelsApart(context, y, input);
  const channels = { mean, variance, gain, bias };
  tapBatchNorm(context, input.value, channels, eps);
  context.norm({ input: input.value, output, epsilon: eps, channels });
  if (isTracked) {
    const average = (batch: Value, factor: number): BufferUpdate => ({
      kind: 'average',
      batch,
      factor,
      momentum: momentum === 'null' ? undefined : momentum,
    });
    keepCounted(context, input, (which) =>
      which === 'mean' ? average(mean, 1) : average(variance, elements / (elements - 1)),
    );
  }
  return output;
}

/** The buffers, in the order of PyTorch's state dict. */
function keepCounted(
  context: LayerContext,
  input: Channelled,
  update: (which: 'mean' | 'variance') => BufferUpdate | undefined,
): ReturnType<typeof keepRunning> {
  const running = keepRunning(context, input, update);
  context.buffer('num_batches_tracked', [], 0, { kind: 'count' });
  return running;
}

/** As PyTorch: a single value per channel has no variance. */
function requireSeveral(context: LayerContext, elements: number): void {
  if (elements > 1) return;
  const { value, line } = context.input;
  throw new LayerProblem(
    'too-few-values',
    l10n.t(
      '{0} needs more than 1 value per channel, and its input (line {1}) is {2}: train with a larger batch, or use GroupNorm or LayerNorm',
      context.item.type,
      line,
      formatShape(value.shape),
    ),
  );
}

/** Features [N, C] as [1, C, N]: the runtime goes over each channel in one piece. */
function channelsTogether({ g }: LayerContext, { value, cases, channels }: Channelled): Value {
  if (value.shape.length !== 2) return value;
  return reshape(g, transpose(g, value, [1, 0]), [1, channels, cases]);
}

function channelsApart(
  { g }: LayerContext,
  y: Value,
  { value, cases, channels }: Channelled,
): Value {
  if (value.shape.length !== 2) return y;
  return transpose(g, reshape(g, y, [channels, cases]), [1, 0]);
}

/** What lies between input and output. Nobody computes it unless it is fetched. */
function tapBatchNorm(
  context: LayerContext,
  input: Value,
  channels: {
    readonly mean: Value;
    readonly variance: Value;
    readonly gain: Value;
    readonly bias: Value;
  },
  epsilon: number,
): void {
  const { g } = context;
  const { mean, variance, bias } = channels;
  const centred = sub(g, input, perChannel(context, mean, input));
  const sigma = g.op('Sqrt', [add(g, variance, g.scalar(epsilon))]);
  context.tap('centred', centred);
  context.tap('sigma', sigma);
  context.tap('xhat', g.op('Div', [centred, perChannel(context, sigma, input)]));
  context.tap('mean:in', mean);
  context.tap('var:in', variance);
  context.tap('mean:out', bias);
  context.tap('var:out', outputVariance(g, channels, epsilon));
}
