import * as l10n from '@vscode/l10n';
import type { OptimizerSettings } from '../settings.ts';
import {
  choice,
  defaultValue,
  flag,
  number,
  numbers,
  type ArgumentSpecs,
  type ValuesOf,
  type WithPositional,
} from './arguments.ts';

/** Everything that is known of an optimizer. */
export interface OptimizerDefinition<A extends ArgumentSpecs = ArgumentSpecs> {
  readonly type: OptimizerSettings['type'];
  readonly doc: string;
  readonly url: string;
  readonly positional?: string;
  readonly arguments: A;
  /** The settings; a text says why these values do not go together. */
  settings(values: ValuesOf<A>): OptimizerSettings | string;
}

function define<const A extends ArgumentSpecs>(
  definition: OptimizerDefinition<A> & WithPositional<A>,
): OptimizerDefinition {
  return definition;
}

function atLeast0(doc: string, fallback: number) {
  return number(doc, { min: 0, fallback: defaultValue(fallback) });
}

const decay = choice(
  'What weight decay acts on: all parameters, or only those with two or more axes (not biases and norms).',
  ['all', 'matrices'],
  'all',
);

function adamArguments(weightDecay: number) {
  return {
    lr: atLeast0('Learning rate.', 1e-3),
    betas: numbers('Decay of the averages of gradient and squared gradient.', {
      count: 2,
      min: 0,
      max: 1,
      fallback: defaultValue([0.9, 0.999]),
    }),
    eps: atLeast0('Added to the root of the squared gradients.', 1e-8),
    weight_decay: atLeast0('Weight decay.', weightDecay),
    decay,
  };
}

function adamSettings(
  type: 'Adam' | 'AdamW',
  values: ValuesOf<ReturnType<typeof adamArguments>>,
): OptimizerSettings | string {
  const [first, second] = values.betas;
  if (first === undefined || second === undefined) return l10n.t('betas needs two numbers');
  return { type, ...values, betas: [first, second] };
}

function page(type: string): string {
  return `https://pytorch.org/docs/stable/generated/torch.optim.${type}.html`;
}

const definitions: readonly OptimizerDefinition[] = [
  define({
    type: 'SGD',
    doc: 'Gradient descent, with momentum if wanted.',
    url: page('SGD'),
    positional: 'lr',
    arguments: {
      lr: atLeast0('Learning rate.', 1e-3),
      momentum: atLeast0('Share of the last step that is added to this one.', 0),
      dampening: number('Takes this share off the gradient that momentum collects.', {
        fallback: defaultValue(0),
      }),
      weight_decay: atLeast0('Weight decay, added to the gradient.', 0),
      nesterov: flag("Nesterov's momentum; needs momentum, and no dampening.", false),
      decay,
    },
    settings: (values) =>
      values.nesterov && (values.momentum === 0 || values.dampening !== 0)
        ? l10n.t('nesterov needs momentum above 0 and dampening 0')
        : { type: 'SGD', ...values },
  }),
  define({
    type: 'Adam',
    doc: 'Steps of even size by running averages of the gradient; weight decay is added to the gradient (Kingma and Ba 2015).',
    url: page('Adam'),
    positional: 'lr',
    arguments: adamArguments(0),
    settings: (values) => adamSettings('Adam', values),
  }),
  define({
    type: 'AdamW',
    doc: 'Adam whose weight decay shrinks the parameters directly (Loshchilov and Hutter 2019).',
    url: page('AdamW'),
    positional: 'lr',
    arguments: adamArguments(1e-2),
    settings: (values) => adamSettings('AdamW', values),
  }),
];

/** Every optimizer, by PyTorch's name. */
export const optimizers: ReadonlyMap<string, OptimizerDefinition> = new Map(
  definitions.map((definition) => [definition.type, definition]),
);
