import { mul } from '../../compiler/ops/expressions.ts';
import { choice, integer, optional } from './arguments.ts';
import { featureAxis } from './axes.ts';
import { defineLayer } from './definition.ts';

function page(type: string): string {
  return `https://pytorch.org/docs/stable/generated/torch.nn.${type}.html`;
}

/** An activation without arguments that is one op. */
function pointwise(type: string, op: string, summary: string, formula: string) {
  return defineLayer({
    type,
    category: 'activation',
    doc: { summary, formula, url: page(type) },
    arguments: {},
    parameters: [],
    lower: ({ g, input }) => g.op(op, [input.value]),
  });
}

export const relu = pointwise('ReLU', 'Relu', 'Cuts off negative numbers.', 'y = max(x, 0)');

export const tanh = pointwise('Tanh', 'Tanh', 'Squeezes into (−1, 1).', 'y = tanh(x)');

export const sigmoid = pointwise(
  'Sigmoid',
  'Sigmoid',
  'Squeezes into (0, 1).',
  'y = 1 / (1 + exp(−x))',
);

export const gelu = defineLayer({
  type: 'GELU',
  category: 'activation',
  doc: {
    summary: 'A smooth ReLU: weights x by the share of a standard normal below it.',
    formula: 'y = x · Φ(x), or ½x · (1 + tanh(sqrt(2/π) · (x + 0.044715 · x³)))',
    url: page('GELU'),
  },
  positional: 'approximate',
  arguments: {
    approximate: choice(
      'The exact function, or the tanh formula of GPT-2.',
      ['none', 'tanh'],
      'none',
    ),
  },
  parameters: [],
  lower: ({ g, input }, { approximate }) => g.op('Gelu', [input.value], { approximate }),
});

export const silu = defineLayer({
  type: 'SiLU',
  category: 'activation',
  doc: {
    summary: 'x times its sigmoid (swish).',
    formula: 'y = x · sigmoid(x)',
    url: page('SiLU'),
  },
  arguments: {},
  parameters: [],
  lower: ({ g, input }) => mul(g, input.value, g.op('Sigmoid', [input.value])),
});

export const softmax = defineLayer({
  type: 'Softmax',
  category: 'activation',
  doc: {
    summary: 'Turns numbers along an axis into positive shares that sum to 1.',
    formula: 'y = exp(x) / sum(exp(x))',
    url: page('Softmax'),
  },
  positional: 'dim',
  arguments: {
    dim: optional(
      integer('The axis; negative counts from the end.', { min: -8, max: 8 }),
      'the last axis',
    ),
  },
  parameters: [],
  lower(context, { dim }) {
    const { g, input } = context;
    const axis = featureAxis(context, dim ?? -1, 'dim');
    return g.op('Softmax', [input.value], { axis });
  },
});
