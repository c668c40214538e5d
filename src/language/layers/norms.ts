import * as l10n from '@vscode/l10n';
import { sizeOf, type Shape, type Value } from '../../compiler/graph/types.ts';
import { mul, reduceMean, reshape, sub } from '../../compiler/ops/expressions.ts';
import { defaultValue, flag, integers, number, optional } from './arguments.ts';
import { defineLayer, LayerProblem, type LayerContext } from './definition.ts';
import { ones, zeros } from './initializers.ts';

const normalizedShape = optional(
  integers('Sizes of the last axes, over which the norm is taken.', { min: 1 }),
  'the size of the last axis',
);
const elementwiseAffine = flag('Whether to multiply by a trained gain (and add a bias).', true);

/** The input seen as rows over which the norm is taken: [..., features]. */
interface NormRows {
  readonly rows: Value;
  /** Shape of gain and bias. */
  readonly normalized: Shape;
  readonly features: number;
}

export const layerNorm = defineLayer({
  type: 'LayerNorm',
  category: 'norm',
  doc: {
    summary:
      'Brings every position to mean 0 and variance 1 over its features, then applies a trained gain and bias.',
    formula: 'y = (x − mean(x)) / sqrt(var(x) + eps) · weight + bias',
    url: 'https://pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html',
  },
  arguments: {
    normalized_shape: normalizedShape,
    eps: number('Added to the variance.', { min: 0, fallback: defaultValue(1e-5) }),
    elementwise_affine: elementwiseAffine,
    bias: flag('Whether to add a bias; only with elementwise_affine.', true),
  },
  parameters: ['weight', 'bias'],
  lower(context, values) {
    const { g } = context;
    const view = rowsOfNorm(context, values.normalized_shape);
    const affine = values.elementwise_affine;
    const weight = affine ? gainParameter(context, view) : undefined;
    const bias = affine && values.bias ? biasParameter(context, view) : undefined;
    const inputs = [view.rows, weight ? flat(context, weight) : g.full([view.features], 1)];
    // The runtime does not survive an empty name for a bias that is left out.
    if (bias) inputs.push(flat(context, bias));
    const attributes = { axis: -1, epsilon: values.eps };
    const [output, mean, inverseStd] = g.node('LayerNormalization', inputs, attributes);
    if (!output || !mean || !inverseStd) throw new Error('LayerNormalization has three outputs');
    const centred = sub(g, view.rows, mean);
    context.tap('centred', centred);
    tapNorm(context, centred, inverseStd);
    context.norm({ input: view.rows, output, epsilon: values.eps, own: { mean, inverseStd } });
    return reshape(g, output, context.input.value.shape);
  },
});

export const rmsNorm = defineLayer({
  type: 'RMSNorm',
  category: 'norm',
  doc: {
    summary:
      'Brings every position to root mean square 1 over its features, then applies a trained gain.',
    formula: 'y = x / sqrt(mean(x²) + eps) · weight',
    url: 'https://pytorch.org/docs/stable/generated/torch.nn.RMSNorm.html',
  },
  arguments: {
    normalized_shape: normalizedShape,
    eps: number('Added to the mean square.', { min: 0, fallback: defaultValue(2 ** -23) }),
    elementwise_affine: elementwiseAffine,
  },
  parameters: ['weight'],
  lower(context, values) {
    const { g } = context;
    const view = rowsOfNorm(context, values.normalized_shape);
    const weight = values.elementwise_affine ? gainParameter(context, view) : undefined;
    const gain = weight ? flat(context, weight) : g.full([view.features], 1);
    const attributes = { axis: -1, epsilon: values.eps };
    const [output, inverseStd] = g.node(
      'SimplifiedLayerNormalization',
      [view.rows, gain],
      attributes,
    );
    if (!output || !inverseStd) throw new Error('SimplifiedLayerNormalization has two outputs');
    // Only to be looked at: this norm does not centre.
    context.tap('centred', sub(g, view.rows, reduceMean(g, view.rows, [-1], 1)));
    tapNorm(context, view.rows, inverseStd);
    context.norm({ input: view.rows, output, epsilon: values.eps });
    return reshape(g, output, context.input.value.shape);
  },
});

/** Throws `shape-mismatch` unless the input ends in the wanted sizes, by default in its last. */
export function rowsOfNorm(context: LayerContext, wanted: readonly number[] | undefined): NormRows {
  const { value, line } = context.input;
  const normalized = wanted ?? value.shape.slice(-1);
  const leading = value.shape.slice(0, value.shape.length - normalized.length);
  const found = value.shape.slice(leading.length);
  if (leading.length === 0 || found.some((size, axis) => size !== normalized[axis])) {
    throw new LayerProblem(
      'shape-mismatch',
      l10n.t(
        'normalized_shape is [{0}], and the input from line {1} is [{2}]: it must end in the same sizes, after the batch axis',
        normalized.join(', '),
        line,
        value.shape.join(', '),
      ),
      context.item.places.get('normalized_shape'),
    );
  }
  const features = sizeOf(normalized);
  return { rows: reshape(context.g, value, [...leading, features]), normalized, features };
}

function gainParameter(context: LayerContext, view: NormRows): Value {
  const gain = context.parameter('weight', view.normalized, ones);
  context.tap('gain', gain);
  return gain;
}

function biasParameter(context: LayerContext, view: NormRows): Value {
  const bias = context.parameter('bias', view.normalized, zeros);
  context.tap('bias', bias);
  return bias;
}

function flat(context: LayerContext, parameter: Value): Value {
  return reshape(context.g, parameter, [sizeOf(parameter.shape)]);
}

/** The taps between a norm's input and output. Nobody computes them unless they are fetched. */
export function tapNorm(context: LayerContext, centred: Value, inverseStd: Value): void {
  const { g } = context;
  context.tap('sigma', g.op('Reciprocal', [inverseStd]));
  context.tap('xhat', mul(g, centred, inverseStd));
}
