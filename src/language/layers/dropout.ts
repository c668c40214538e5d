import { defaultValue, number } from './arguments.ts';
import { defineLayer } from './definition.ts';

export const dropout = defineLayer({
  type: 'Dropout',
  category: 'regularization',
  doc: {
    summary:
      'In training sets elements to 0 at random and scales the others up; does nothing in evaluation.',
    formula: 'y = x · mask / (1 − p)',
    url: 'https://pytorch.org/docs/stable/generated/torch.nn.Dropout.html',
  },
  positional: 'p',
  arguments: {
    p: number('Probability of an element to be dropped.', {
      min: 0,
      max: 1,
      includes: 'min',
      fallback: defaultValue(0.5),
    }),
  },
  parameters: [],
  lower: (context, { p }) => context.dropout(context.input.value, p),
});
