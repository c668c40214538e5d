import * as l10n from '@vscode/l10n';
import { axisSize } from '../../compiler/graph/shapes.ts';
import { formatShape, sameShape, type Shape, type Value } from '../../compiler/graph/types.ts';
import { add, mul, reshape, sub } from '../../compiler/ops/expressions.ts';
import { affine } from './affine.ts';
import { defaultValue, flag, number, reference } from './arguments.ts';
import { defineLayer, LayerProblem, type LayerContext, type Signal } from './definition.ts';
import { constantOf, ones, zeros } from './initializers.ts';
import { rowsOfNorm, tapNorm } from './norms.ts';

const condition = reference(
  'Path of the value that gives gain and bias: [batch, k], or with the same axes before its last.',
);

export const dynamicTanh = defineLayer({
  type: 'DyT',
  category: 'norm',
  doc: {
    summary:
      'Dynamic tanh, in place of a norm: squashes every element by a tanh with a trained slope, then applies a trained gain and bias per channel; computes no statistics (Zhu et al. 2025).',
    formula: 'y = tanh(alpha · x) · weight + bias',
    url: 'https://arxiv.org/abs/2503.10622',
  },
  positional: 'alpha_init_value',
  arguments: {
    alpha_init_value: number('First slope of the tanh.', { fallback: defaultValue(0.5) }),
    elementwise_affine: flag('Whether to multiply by a trained gain and add a bias.', true),
  },
  parameters: ['alpha', 'weight', 'bias'],
  lower(context, { alpha_init_value: first, elementwise_affine: isAffine }) {
    const { g, input } = context;
    const { value } = input;
    requireChannels(input, 'DyT');
    const alpha = context.parameter('alpha', [1], constantOf(first));
    const squashed = g.op('Tanh', [mul(g, value, alpha)]);
    const output = isAffine ? trainedAffine(context, squashed) : squashed;
    const axis = channelAxis(value.shape);
    const rows: Shape = axis === 1 && value.shape.length > 2 ? casesOf(value.shape) : value.shape;
    context.tap('xhat', squashed);
    context.norm({ input: reshape(g, value, rows), output: reshape(g, output, rows), epsilon: 0 });
    return output;
  },
});

export const film = defineLayer({
  type: 'FiLM',
  category: 'combination',
  doc: {
    summary:
      'Feature-wise linear modulation: another value of the model decides, by a linear layer, by how much every channel is scaled and shifted. Starts as the identity (Perez et al. 2018).',
    formula: 'y = x · (1 + gain) + bias, [gain, bias] = weight · condition + bias',
    url: 'https://arxiv.org/abs/1709.07871',
  },
  positional: 'condition',
  arguments: { condition },
  parameters: ['weight', 'bias'],
  lower(context, values) {
    requireChannels(context.input, 'FiLM');
    const given = context.resolve(values.condition);
    return given && modulate(context, context.input.value, given);
  },
});

export const adaptiveLayerNorm = defineLayer({
  type: 'AdaptiveLayerNorm',
  category: 'norm',
  doc: {
    summary:
      'A LayerNorm over the last axis whose gain and bias another value of the model decides, by a linear layer. Starts without gain and bias (Peebles and Xie 2023, DiT).',
    formula:
      'y = (x − mean(x)) / sqrt(var(x) + eps) · (1 + gain) + bias, [gain, bias] = weight · condition + bias',
    url: 'https://arxiv.org/abs/2212.09748',
  },
  positional: 'condition',
  arguments: {
    condition,
    eps: number('Added to the variance.', { min: 0, fallback: defaultValue(1e-5) }),
  },
  parameters: ['weight', 'bias'],
  lower(context, { condition: reference, eps }) {
    const { g } = context;
    const { rows, features } = rowsOfNorm(context, undefined);
    const given = context.resolve(reference);
    if (given === undefined) return undefined;
    const attributes = { axis: -1, epsilon: eps };
    const inputs = [rows, g.full([features], 1)];
    const [xhat, mean, inverseStd] = g.node('LayerNormalization', inputs, attributes);
    if (!xhat || !mean || !inverseStd) throw new Error('LayerNormalization has three outputs');
    const output = modulate(context, xhat, given);
    const centred = sub(g, rows, mean);
    context.tap('centred', centred);
    tapNorm(context, centred, inverseStd);
    context.norm({ input: rows, output, epsilon: eps, own: { mean, inverseStd } });
    return output;
  },
});

/** x · (1 + gain) + bias with gain and bias from the condition, whose shape decides whether they are per case or per position. */
function modulate(context: LayerContext, x: Value, given: Signal): Value {
  const { g } = context;
  const axis = channelAxis(x.shape);
  const channels = axisSize(x.shape, axis);
  const leading = leadingAxes(context, x, given);
  const size = axisSize(given.value.shape, -1);
  const weight = context.parameter('weight', [2 * channels, size], zeros);
  const shift = context.parameter('bias', [2 * channels], zeros);
  const both = affine(context, given.value, weight, shift);
  const [gain, bias] = g.node('Split', [both], { axis: -1, split: [channels, channels] });
  if (!gain || !bias) throw new Error('Split has two outputs');
  const spread = (value: Value): Value =>
    leading > 1
      ? value
      : reshape(
          g,
          value,
          x.shape.map((length, index) => (index === 0 || index === axis ? length : 1)),
        );
  context.tap('gain', gain);
  context.tap('bias', bias);
  return add(g, mul(g, x, add(g, spread(gain), g.scalar(1))), spread(bias));
}

/** How many axes the condition shares with `x`: the batch alone, or all before the last. */
function leadingAxes({ item, input }: LayerContext, x: Value, { value, line }: Signal): number {
  const [cases, ...rest] = value.shape;
  if (value.dtype === 'float32' && cases === x.shape[0]) {
    if (rest.length === 1) return 1;
    const isLast = channelAxis(x.shape) === x.shape.length - 1;
    if (isLast && sameShape(value.shape.slice(0, -1), x.shape.slice(0, -1))) return rest.length;
  }
  const what = value.dtype === 'float32' ? formatShape(value.shape) : l10n.t('token ids');
  throw new LayerProblem(
    'shape-mismatch',
    l10n.t(
      'the condition (line {0}) is {1}, and the input (line {2}) {3}: a condition is [batch, k], or has all axes of the input but the last',
      line,
      what,
      input.line,
      formatShape(x.shape),
    ),
    item.places.get('condition'),
  );
}

function trainedAffine(context: LayerContext, value: Value): Value {
  const { g } = context;
  const axis = channelAxis(value.shape);
  const channels = axisSize(value.shape, axis);
  const after = value.shape.slice(axis + 1).map(() => 1);
  const gain = context.parameter('weight', [channels], ones);
  const bias = context.parameter('bias', [channels], zeros);
  context.tap('gain', gain);
  context.tap('bias', bias);
  const scaled = mul(g, value, reshape(g, gain, [channels, ...after]));
  return add(g, scaled, reshape(g, bias, [channels, ...after]));
}

/** Channels are the second axis of pictures, else the last. */
function channelAxis(shape: Shape): number {
  return shape.length > 3 ? 1 : shape.length - 1;
}

function casesOf([cases = 1, ...rest]: Shape): Shape {
  return [cases, rest.reduce((total, length) => total * length, 1)];
}

function requireChannels({ value, line }: Signal, type: string): void {
  if (value.shape.length > 1) return;
  throw new LayerProblem(
    'shape-mismatch',
    l10n.t(
      '{0} works per channel, and its input {1} (line {2}) has no axis beside the batch',
      type,
      formatShape(value.shape),
      line,
    ),
  );
}
