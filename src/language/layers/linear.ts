import { axisSize } from '../../compiler/graph/shapes.ts';
import { affine } from './affine.ts';
import { flag, integer } from './arguments.ts';
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
    out_features: integer('Size of the last axis of the output.'),
    bias: flag('Whether to add a bias.', true),
  },
  parameters: ['weight', 'bias'],
  lower(context, values) {
    const { value } = context.input;
    const inFeatures = axisSize(value.shape, -1);
    const initial = uniformByFanIn(inFeatures);
    const weight = context.parameter('weight', [values.out_features, inFeatures], initial);
    const bias = values.bias
      ? context.parameter('bias', [values.out_features], initial)
      : undefined;
    return affine(context, value, weight, bias);
  },
});
