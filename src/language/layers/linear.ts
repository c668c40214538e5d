import { affine } from './affine.ts';
import { featureSize, flag } from './arguments.ts';
import { featuresOf } from './axes.ts';
import { defineLayer } from './definition.ts';
import { uniformByFanIn } from './initializers.ts';

export const linear = defineLayer({
  type: 'Linear',
  category: 'linear',
  doc: {
    summary: 'Multiplies the last axis by a trained matrix and adds a trained bias.',
    formula: 'y = x · weightᵀ + bias',
    url: 'https://pytorch.org/docs/stable/generated/torch.nn.Linear.html',
  },
  positional: 'out_features',
  arguments: {
    out_features: featureSize('Size of the last axis of the output.'),
    bias: flag('Whether to add a bias.', true),
  },
  parameters: ['weight', 'bias'],
  lower(context, values) {
    const inFeatures = featuresOf(context.input, 'Linear');
    const initial = uniformByFanIn(inFeatures);
    const weight = context.parameter('weight', [values.out_features, inFeatures], initial);
    const bias = values.bias
      ? context.parameter('bias', [values.out_features], initial)
      : undefined;
    return affine(context, context.input.value, weight, bias);
  },
});
