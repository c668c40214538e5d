import * as l10n from '@vscode/l10n';
import type { Initializer } from '../../compiler/graph/model.ts';
import { formatShape, sizeOf, type Shape } from '../../compiler/graph/types.ts';
import {
  choice,
  defaultValue,
  number,
  type ArgumentSpecs,
  type ValuesOf,
  type WithPositional,
} from './arguments.ts';

/** An initializer of `torch.nn.init` with its arguments. */
export interface InitializerDefinition<A extends ArgumentSpecs = ArgumentSpecs> {
  readonly type: string;
  readonly doc: string;
  readonly positional?: string;
  readonly arguments: A;
  /** The distribution for a tensor of `shape`; a text says why there is none. */
  resolve(values: ValuesOf<A>, shape: Shape): Initializer | string;
}

/** What a parameter is to be initialized with, before its shape is known. */
export interface InitializerChoice {
  /** A name for messages. */
  readonly type: string;
  resolve(shape: Shape): Initializer | string;
}

function define<const A extends ArgumentSpecs>(
  definition: InitializerDefinition<A> & WithPositional<A>,
): InitializerDefinition {
  return definition;
}

/** PyTorch's fan-in and fan-out: of [out, in, ...kernel]. */
function fans(shape: Shape): { readonly in: number; readonly out: number } | string {
  const [out, inner] = shape;
  if (out === undefined || inner === undefined) {
    return l10n.t('it needs a matrix, and this parameter has the shape {0}', formatShape(shape));
  }
  const kernel = sizeOf(shape.slice(2));
  return { in: inner * kernel, out: out * kernel };
}

function uniformWithin(bound: number): Initializer {
  return { kind: 'uniform', low: -bound, high: bound };
}

function normal(std: number): Initializer {
  return { kind: 'normal', mean: 0, std };
}

const nonlinearities = ['linear', 'sigmoid', 'tanh', 'relu', 'leaky_relu', 'selu'] as const;

/** `torch.nn.init.calculate_gain`. */
function gainOf(nonlinearity: (typeof nonlinearities)[number], slope: number): number {
  switch (nonlinearity) {
    case 'linear':
    case 'sigmoid':
      return 1;
    case 'tanh':
      return 5 / 3;
    case 'relu':
      return Math.SQRT2;
    case 'leaky_relu':
      return Math.sqrt(2 / (1 + slope ** 2));
    case 'selu':
      return 3 / 4;
  }
}

const gain = number('Factor on the standard deviation.', { fallback: defaultValue(1) });
const spread = number('Standard deviation.', { min: 0, fallback: defaultValue(1) });
const mean = number('Mean.', { fallback: defaultValue(0) });

const kaimingArguments = {
  a: number('Negative slope of the leaky ReLU after this layer.', { fallback: defaultValue(0) }),
  mode: choice(
    'Keep the variance of the forward (fan_in) or of the backward pass (fan_out).',
    ['fan_in', 'fan_out'],
    'fan_in',
  ),
  nonlinearity: choice('What follows this layer.', nonlinearities, 'leaky_relu'),
};

function xavierStd(shape: Shape, factor: number): number | string {
  const found = fans(shape);
  return typeof found === 'string' ? found : factor * Math.sqrt(2 / (found.in + found.out));
}

function kaimingStd(shape: Shape, values: ValuesOf<typeof kaimingArguments>): number | string {
  const found = fans(shape);
  if (typeof found === 'string') return found;
  const fan = values.mode === 'fan_in' ? found.in : found.out;
  return gainOf(values.nonlinearity, values.a) / Math.sqrt(fan);
}

const definitions: readonly InitializerDefinition[] = [
  define({
    type: 'zeros',
    doc: 'All zero.',
    arguments: {},
    resolve: () => ({ kind: 'constant', value: 0 }),
  }),
  define({
    type: 'ones',
    doc: 'All one.',
    arguments: {},
    resolve: () => ({ kind: 'constant', value: 1 }),
  }),
  define({
    type: 'constant',
    doc: 'All the same value.',
    positional: 'val',
    arguments: { val: number('The value.') },
    resolve: ({ val }) => ({ kind: 'constant', value: val }),
  }),
  define({
    type: 'uniform',
    doc: 'Uniform in [a, b).',
    arguments: {
      a: number('Lower bound.', { fallback: defaultValue(0) }),
      b: number('Upper bound.', { fallback: defaultValue(1) }),
    },
    resolve: ({ a, b }) => (a <= b ? { kind: 'uniform', low: a, high: b } : l10n.t('a is above b')),
  }),
  define({
    type: 'normal',
    doc: 'Normal with a mean and a standard deviation.',
    arguments: { mean, std: spread },
    resolve: (values) => ({ kind: 'normal', mean: values.mean, std: values.std }),
  }),
  define({
    type: 'trunc_normal',
    doc: 'Normal, drawn again until it lies in [a, b].',
    arguments: {
      mean,
      std: number('Standard deviation.', {
        min: 0,
        includes: 'none',
        fallback: defaultValue(1),
      }),
      a: number('Lower bound.', { fallback: defaultValue(-2) }),
      b: number('Upper bound.', { fallback: defaultValue(2) }),
    },
    resolve: (values) =>
      values.a < values.b
        ? {
            kind: 'truncatedNormal',
            mean: values.mean,
            std: values.std,
            low: values.a,
            high: values.b,
          }
        : l10n.t('a must be below b'),
  }),
  define({
    type: 'xavier_uniform',
    doc: 'Uniform of standard deviation gain · sqrt(2 / (fan_in + fan_out)) (Glorot and Bengio 2010).',
    arguments: { gain },
    resolve: (values, shape) => {
      const std = xavierStd(shape, values.gain);
      return typeof std === 'string' ? std : uniformWithin(Math.sqrt(3) * std);
    },
  }),
  define({
    type: 'xavier_normal',
    doc: 'Normal of standard deviation gain · sqrt(2 / (fan_in + fan_out)) (Glorot and Bengio 2010).',
    arguments: { gain },
    resolve: (values, shape) => {
      const std = xavierStd(shape, values.gain);
      return typeof std === 'string' ? std : normal(std);
    },
  }),
  define({
    type: 'kaiming_uniform',
    doc: 'Uniform of standard deviation gain / sqrt(fan) (He et al. 2015).',
    arguments: kaimingArguments,
    resolve: (values, shape) => {
      const std = kaimingStd(shape, values);
      return typeof std === 'string' ? std : uniformWithin(Math.sqrt(3) * std);
    },
  }),
  define({
    type: 'kaiming_normal',
    doc: 'Normal of standard deviation gain / sqrt(fan) (He et al. 2015).',
    arguments: kaimingArguments,
    resolve: (values, shape) => {
      const std = kaimingStd(shape, values);
      return typeof std === 'string' ? std : normal(std);
    },
  }),
  define({
    type: 'orthogonal',
    doc: 'A (semi-)orthogonal matrix times gain (Saxe et al. 2013).',
    arguments: { gain },
    resolve: (values, shape) =>
      shape.length < 2 ? l10n.t('it needs a matrix') : { kind: 'orthogonal', gain: values.gain },
  }),
];

/** Every initializer, by its name in `torch.nn.init` without the trailing underscore. */
export const initializers: ReadonlyMap<string, InitializerDefinition> = new Map(
  definitions.map((definition) => [definition.type, definition]),
);

/** An initializer that does not look at the shape. */
export function fixed(initializer: Initializer): InitializerChoice {
  return { type: initializer.kind, resolve: () => initializer };
}

export const zeros = fixed({ kind: 'constant', value: 0 });
export const ones = fixed({ kind: 'constant', value: 1 });

/** Every element is `value`. */
export function constantOf(value: number): InitializerChoice {
  return fixed({ kind: 'constant', value });
}

/** Uniform in ±1 / sqrt(fanIn): PyTorch's default for the weight and bias of `nn.Linear`. */
export function uniformByFanIn(fanIn: number): InitializerChoice {
  const bound = fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0;
  return fixed(uniformWithin(bound));
}

/** Xavier's uniform distribution of gain 1. */
export const xavierUniform: InitializerChoice = {
  type: 'xavier_uniform',
  resolve: (shape) => {
    const std = xavierStd(shape, 1);
    return typeof std === 'string' ? std : uniformWithin(Math.sqrt(3) * std);
  },
};
