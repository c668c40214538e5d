import type { Shape } from '../../compiler/graph/types.ts';
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

/** The sizes that follow from the settings, together with what was found out by reading the data. */
export function dataSizes(settings: DataSettings, facts: DataFacts | undefined): DataSizes {
  const found = facts?.vocabulary === undefined ? {} : { vocabulary: facts.vocabulary };
  switch (settings.kind) {
    case 'text':
      return found;
    case 'copy':
    case 'sort':
      return { vocabulary: settings.symbols + (isPadded(settings) ? 2 : 1), ...found };
    case 'modular-addition':
      return { vocabulary: settings.modulus + 2, ...found };
    case 'gaussian-blobs':
      return { classes: settings.classes, features: settings.features };
    case 'two-spirals':
      return { classes: 2, features: 2 };
    case 'shapes': {
      const { size, channels } = settings;
      return { classes: shapeClasses.length, features: channels * size * size, channels };
    }
  }
}

function isPadded(settings: DataSettings & { readonly kind: 'copy' | 'sort' }): boolean {
  return settings.minLength < settings.length;
}

/**
 * The tensors of one batch. Tokens: `tokens` int32 [batch, positions], `targets` int32 of the same shape with −100 where
 * nothing is to be predicted, and `padding` uint8 of the same shape, 1 at padding, where sequences have different lengths.
 * A sequence task of length n has 2n positions: sequence, separator, and the answer without its last symbol.
 * Points: `features` float32 [batch, features], `targets` int32 [batch]. Pictures: `images` float32 [batch, channels, height,
 * width], `targets` int32 [batch].
 */
export function batchTensors(
  settings: DataSettings,
  facts: DataFacts | undefined,
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
  }
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
