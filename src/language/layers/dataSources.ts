import * as l10n from '@vscode/l10n';
import type { DataSettings } from '../settings.ts';
import { defaultValue, integer, number, optional, text, type ValuesOf } from './arguments.ts';
import { fileSources } from './fileSources.ts';
import { defineSource, type DataSourceDefinition } from './sourceDefinition.ts';

const validation = number('Share of the data that is held back for validation.', {
  min: 0,
  max: 1,
  includes: 'min',
  fallback: defaultValue(0.1),
});

const sequenceArguments = {
  symbols: integer('Number of different symbols.', { min: 2, fallback: defaultValue(10) }),
  length: integer('Length of the longest sequence.', { max: 100_000, fallback: defaultValue(8) }),
  min_length: optional(
    integer('Length of the shortest sequence; shorter ones are padded.'),
    'all sequences have the same length',
  ),
};

function sequenceSettings(
  kind: 'copy' | 'sort',
  values: ValuesOf<typeof sequenceArguments>,
): DataSettings | string {
  const { symbols, length, min_length: minLength = length } = values;
  if (minLength > length) return l10n.t('min_length {0} is above length {1}', minLength, length);
  return { kind, symbols, length, minLength };
}

const definitions: readonly DataSourceDefinition[] = [
  defineSource({
    type: 'text',
    doc: 'UTF-8 text, one token per character. Predicts the next character, or hidden ones with `masked`.',
    positional: 'text',
    arguments: {
      text: text('File or glob, relative to the model file.'),
      context: integer('Length of each sequence in tokens.'),
      validation,
      masked: number(
        'Share of positions to hide and predict, as BERT does; 0 predicts the next token.',
        {
          min: 0,
          max: 1,
          includes: 'min',
          fallback: defaultValue(0),
        },
      ),
    },
    settings: ({ text: files, context, validation: held, masked }) => ({
      kind: 'text',
      files,
      context,
      validation: held,
      masked,
    }),
  }),
  defineSource({
    type: 'copy',
    doc: 'Sequences of random symbols, a separator, and the same sequence again.',
    arguments: sequenceArguments,
    settings: (values) => sequenceSettings('copy', values),
  }),
  defineSource({
    type: 'sort',
    doc: 'Sequences of random symbols, a separator, and the sequence in order.',
    arguments: sequenceArguments,
    settings: (values) => sequenceSettings('sort', values),
  }),
  defineSource({
    type: 'modular-addition',
    doc: 'a + b = c modulo a number.',
    arguments: {
      modulus: integer('The number.', { min: 2, max: 100_000, fallback: defaultValue(97) }),
      validation: { ...validation, fallback: defaultValue(0.5) },
    },
    settings: ({ modulus, validation: held }) => ({
      kind: 'modular-addition',
      modulus,
      validation: held,
    }),
  }),
  defineSource({
    type: 'gaussian-blobs',
    doc: 'Points around a centre for each class.',
    arguments: {
      classes: integer('Number of classes.', { min: 2, fallback: defaultValue(4) }),
      features: integer('Number of coordinates of a point.', {
        max: 1_000_000,
        fallback: defaultValue(2),
      }),
      spread: number('Standard deviation around a centre.', {
        min: 0,
        fallback: defaultValue(1),
      }),
    },
    settings: ({ classes, features, spread }) => ({
      kind: 'gaussian-blobs',
      classes,
      features,
      spread,
    }),
  }),
  defineSource({
    type: 'two-spirals',
    doc: 'Two spirals that wind around each other (Lang and Witbrock 1988).',
    arguments: {
      noise: number('Standard deviation of the points around the spirals.', {
        min: 0,
        fallback: defaultValue(0),
      }),
      turns: number('How often a spiral winds around.', {
        min: 0,
        includes: 'none',
        fallback: defaultValue(2),
      }),
    },
    settings: ({ noise, turns }) => ({ kind: 'two-spirals', noise, turns }),
  }),
  defineSource({
    type: 'shapes',
    doc: 'Pictures of a disc, a square, a triangle or a cross, somewhere and of some size and brightness.',
    arguments: {
      size: integer('Height and width of a picture.', {
        min: 8,
        max: 512,
        fallback: defaultValue(16),
      }),
      channels: integer('Channels of a picture; each has a brightness of its own.', {
        max: 64,
        fallback: defaultValue(1),
      }),
      noise: number('Standard deviation of what is added to each pixel.', {
        min: 0,
        fallback: defaultValue(0.1),
      }),
    },
    settings: ({ size, channels, noise }) => ({ kind: 'shapes', size, channels, noise }),
  }),
];

/** Every kind of data, by its key under `train.data`. */
export const dataSources: ReadonlyMap<string, DataSourceDefinition> = new Map(
  [...definitions, ...fileSources].map((definition) => [definition.type, definition]),
);
