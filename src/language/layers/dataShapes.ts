import * as l10n from '@vscode/l10n';
import { counted } from '../../base/counts.ts';
import { formatShape, sizeOf, type Shape } from '../../compiler/graph/types.ts';
import type { BatchTensor, DataFacts, DataSettings } from '../settings.ts';

/** Sizes known from the data: what the names of `dataNames` stand for in expressions. */
export interface DataSizes {
  readonly vocabulary?: number;
  readonly classes?: number;
  /** Numbers in one case: coordinates of a point, or all pixels of a picture. */
  readonly features?: number;
  readonly channels?: number;
}

/** What the classes of the `shapes` task are. */
export const shapeClasses = ['disc', 'square', 'triangle', 'cross'] as const;

/** Names that expressions may use for sizes known from the data. */
export const dataNames = ['vocabulary', 'classes', 'features', 'channels'] as const;

/**
 * What shapes are shown for while the data has not been read, and what the data is then called; undefined where nothing has to be
 * read.
 */
export function assumedFacts(
  settings: DataSettings,
): { readonly name: string; readonly facts: DataFacts } | undefined {
  switch (settings.kind) {
    case 'text':
      return { name: settings.files, facts: { vocabulary: 256 } };
    case 'idx': {
      const { path: name, channels = 1, size = 28 } = settings;
      return { name, facts: { sample: [channels, size, size], classes: 10, samples: 60_000 } };
    }
    case 'cifar10':
      return { name: settings.path, facts: { sample: [3, 32, 32], classes: 10, samples: 50_000 } };
    case 'images': {
      const { path: name, channels = 3, size = 64 } = settings;
      return { name, facts: { sample: [channels, size, size], classes: 10, samples: 10_000 } };
    }
    case 'npy':
    case 'csv': {
      const targets = settings.task === 'regression' ? { numbers: 1 } : { classes: 2 };
      return { name: settings.path, facts: { sample: [10], ...targets, samples: 1000 } };
    }
    default:
      return undefined;
  }
}

/** `a vocabulary of 256`, `samples [1, 28, 28] of 10 classes`. */
export function describeFacts({ vocabulary, sample, classes, numbers }: DataFacts): string {
  if (sample === undefined) return l10n.t('a vocabulary of {0}', vocabulary ?? 0);
  const targets = classes === undefined ? counted.numbers(numbers ?? 0) : counted.classes(classes);
  return l10n.t('samples {0} with {1}', formatShape(sample), targets);
}

/** The sizes that follow from the settings, together with what was found out by reading the data. */
export function dataSizes(settings: DataSettings, facts: DataFacts): DataSizes {
  switch (settings.kind) {
    case 'text':
      return facts.vocabulary === undefined ? {} : { vocabulary: facts.vocabulary };
    case 'copy':
    case 'sort':
      return { vocabulary: settings.symbols + (isPadded(settings) ? 2 : 1) };
    case 'modular-addition':
      return { vocabulary: settings.modulus + 2 };
    case 'gaussian-blobs':
      return { classes: settings.classes, features: settings.features };
    case 'two-spirals':
      return { classes: 2, features: 2 };
    case 'shapes': {
      const { size, channels } = settings;
      return { classes: shapeClasses.length, features: channels * size * size, channels };
    }
    case 'idx':
    case 'cifar10':
    case 'images':
    case 'npy':
    case 'csv':
      return sampleSizes(facts);
  }
}

function sampleSizes({ sample = [], classes }: DataFacts): DataSizes {
  const [channels] = sample;
  return {
    features: sizeOf(sample),
    ...(classes !== undefined && { classes }),
    ...(sample.length === 3 && channels !== undefined && { channels }),
  };
}

function isPadded(settings: DataSettings & { readonly kind: 'copy' | 'sort' }): boolean {
  return settings.minLength < settings.length;
}

/**
 * The tensors of one batch. Tokens: `tokens` int32 [batch, positions], `targets` int32 of the same shape with −100 where
 * nothing is to be predicted, and `padding` uint8 of the same shape, 1 at padding, where sequences have different lengths.
 * A sequence task of length n has 2n positions: sequence, separator, and the answer without its last symbol.
 * Points: `features` float32 [batch, features], `targets` int32 [batch]. Pictures: `images` float32 [batch, channels, height,
 * width], `targets` int32 [batch]. Numbers to predict: `targets` float32 [batch, numbers].
 */
export function batchTensors(
  settings: DataSettings,
  facts: DataFacts,
  batch: number,
): readonly BatchTensor[] {
  switch (settings.kind) {
    case 'text':
      return tokenTensors(batch, settings.context, false);
    case 'copy':
    case 'sort':
      return tokenTensors(batch, 2 * settings.length, isPadded(settings));
    case 'modular-addition':
      return tokenTensors(batch, 4, false);
    case 'gaussian-blobs':
    case 'two-spirals':
      return caseTensors('features', [batch, dataSizes(settings, facts).features ?? 0]);
    case 'shapes':
      return caseTensors('images', [batch, settings.channels, settings.size, settings.size]);
    case 'idx':
    case 'cifar10':
    case 'images':
    case 'npy':
    case 'csv':
      return sampleTensors(batch, facts);
  }
}

function sampleTensors(batch: number, { sample = [], numbers }: DataFacts): readonly BatchTensor[] {
  const name = sample.length === 3 ? 'images' : 'features';
  const [input, targets] = caseTensors(name, [batch, ...sample]) as [BatchTensor, BatchTensor];
  return numbers === undefined
    ? [input, targets]
    : [input, { ...targets, dtype: 'float32', shape: [batch, numbers] }];
}

function caseTensors(name: string, shape: Shape): readonly BatchTensor[] {
  return [
    { name, role: 'input', dtype: 'float32', shape },
    { name: 'targets', role: 'target', dtype: 'int32', shape: shape.slice(0, 1) },
  ];
}

function tokenTensors(batch: number, positions: number, padded: boolean): readonly BatchTensor[] {
  const shape = [batch, positions];
  const padding: BatchTensor = { name: 'padding', role: 'paddingMask', dtype: 'uint8', shape };
  return [
    { name: 'tokens', role: 'input', dtype: 'int32', shape },
    { name: 'targets', role: 'target', dtype: 'int32', shape },
    ...(padded ? [padding] : []),
  ];
}
