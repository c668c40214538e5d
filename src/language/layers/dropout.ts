import { choice, defaultValue, number, type Fallback } from './arguments.ts';
import { channelsOf } from './channels.ts';
import { defineLayer } from './definition.ts';

function probability(what: string, fallback: Fallback = defaultValue(0.5)) {
  const doc = `Probability of ${what} to be dropped.`;
  return number(doc, { min: 0, max: 1, includes: 'min', fallback });
}

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
  arguments: { p: probability('an element') },
  parameters: [],
  lower: (context, { p }) => context.dropout(context.input.value, p),
});

export const dropout2d = defineLayer({
  type: 'Dropout2d',
  category: 'regularization',
  doc: {
    summary:
      'In training sets whole channels of pictures [N, C, H, W] to 0 at random and scales the others up; does nothing in evaluation.',
    formula: 'y = x · mask / (1 − p), one mask element per case and channel',
    url: 'https://pytorch.org/docs/stable/generated/torch.nn.Dropout2d.html',
  },
  positional: 'p',
  arguments: { p: probability('a channel') },
  parameters: [],
  lower(context, { p }) {
    const { value, cases, channels } = channelsOf(context, [4], undefined, 'p');
    return context.dropout(value, p, [cases, channels, 1, 1]);
  },
});

export const stochasticDepth = defineLayer({
  type: 'StochasticDepth',
  category: 'regularization',
  doc: {
    summary:
      'At the end of a residual branch: in training drops the whole branch at random, of each case or of the batch, and scales it up otherwise; does nothing in evaluation (Huang et al. 2016).',
    formula: 'y = x · mask / (1 − p), one mask element per case, or one for the batch',
    url: 'https://pytorch.org/vision/stable/generated/torchvision.ops.stochastic_depth.html',
  },
  positional: 'p',
  arguments: {
    p: probability('the branch', { kind: 'required' }),
    mode: choice('Whether to draw for each case or once for the batch.', ['row', 'batch'], 'row'),
  },
  parameters: [],
  lower(context, { p, mode }) {
    const { value } = context.input;
    const [cases = 1, ...rest] = value.shape;
    return context.dropout(value, p, [mode === 'row' ? cases : 1, ...rest.map(() => 1)]);
  },
});
