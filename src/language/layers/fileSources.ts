import * as l10n from '@vscode/l10n';
import type { AugmentationSettings, SampleSettings } from '../settings.ts';
import {
  choice,
  defaultValue,
  integer,
  number,
  numberList,
  optional,
  text,
  texts,
  type ValuesOf,
} from './arguments.ts';
import { defineSource, type DataSourceDefinition } from './sourceDefinition.ts';

const sampleArguments = {
  validation: number(
    'Share of the samples that is held back for validation, where the data has no part of its own for it.',
    { min: 0, max: 1, includes: 'min', fallback: defaultValue(0.1) },
  ),
  samples: optional(
    integer('Train on so many of the samples, drawn at random; for a quick look.'),
    'all that do not validate',
  ),
  mean: optional(
    numberList('Mean to subtract, one for all channels or one for each; bytes count as 0 to 1.'),
    'that of the training part, by channel',
  ),
  std: optional(
    numberList('Standard deviation to divide by, as `mean`.', 0),
    'that of the training part, by channel',
  ),
};

const pictureArguments = {
  flip: number('Probability that a picture is mirrored in training.', {
    min: 0,
    max: 1,
    fallback: defaultValue(0),
  }),
  crop: integer(
    'In training a picture is cut out of itself with so many black pixels around it, at random.',
    { min: 0, max: 512, fallback: defaultValue(0) },
  ),
};

const size = integer(
  'Height and width: the shorter side is brought to it, and the middle cut out.',
  { max: 4096 },
);

/** 1 or 3 channels; a sentence where there would be 2. */
function form(values: {
  readonly size: number | undefined;
  readonly channels: number | undefined;
}): { readonly size?: number; readonly channels?: 1 | 3 } | string {
  if (values.channels === 2) return l10n.t('channels is 1 or 3');
  return {
    ...(values.size !== undefined && { size: values.size }),
    ...(values.channels !== undefined && { channels: values.channels === 1 ? 1 : 3 }),
  };
}

const task = choice(
  'What is predicted: a class with CrossEntropyLoss, or numbers with MSELoss.',
  ['classification', 'regression'],
  'classification',
);

function samples(path: string, values: ValuesOf<typeof sampleArguments>): SampleSettings {
  const { validation, samples: most, mean, std } = values;
  const limit = most !== undefined && { samples: most };
  return { path, validation, ...limit, ...(mean && { mean }), ...(std && { std }) };
}

function augmentation({ flip, crop }: ValuesOf<typeof pictureArguments>): AugmentationSettings {
  return { flip, crop };
}

/** Kinds of data that are read from files of samples. */
export const fileSources: readonly DataSourceDefinition[] = [
  defineSource({
    type: 'idx',
    doc: 'Pictures with classes in the format of MNIST, plain or as `.gz`. Pixels are scaled to 0 to 1, then normalized.',
    positional: 'idx',
    arguments: {
      idx: text(
        'Folder with `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, and the same with `t10k` for validation; or a file of pictures.',
      ),
      labels: optional(
        text('File of labels of a file of pictures.'),
        "the pictures' name with `labels` and `idx1`",
      ),
      size: optional(size, 'that of the pictures'),
      channels: optional(
        integer('3 makes three equal channels of grey, for a net that takes colours.', { max: 3 }),
        '1',
      ),
      ...sampleArguments,
      ...pictureArguments,
    },
    settings: (values) => {
      const shown = form(values);
      if (typeof shown === 'string') return shown;
      return {
        kind: 'idx',
        ...samples(values.idx, values),
        ...augmentation(values),
        ...shown,
        ...(values.labels !== undefined && { labels: values.labels }),
      };
    },
  }),
  defineSource({
    type: 'cifar10',
    doc: 'Colour pictures of 32 × 32 in ten classes: the binary version of CIFAR-10. Pixels are scaled to 0 to 1, then normalized.',
    positional: 'cifar10',
    arguments: {
      cifar10: text(
        'Folder with `data_batch_1.bin` to `data_batch_5.bin`, and `test_batch.bin` for validation; or one such file.',
      ),
      ...sampleArguments,
      ...pictureArguments,
    },
    settings: (values) => ({
      kind: 'cifar10',
      ...samples(values.cifar10, values),
      ...augmentation(values),
    }),
  }),
  defineSource({
    type: 'images',
    doc: 'PNG and JPEG files, in a folder for each class. Pixels are scaled to 0 to 1, then normalized. Too many to be held in memory are decoded when they are needed.',
    positional: 'images',
    arguments: {
      images: text(
        'Folder with a folder for each class; or with `train`, and `val` or `test` for validation, which have them.',
      ),
      size: optional(size, 'that of the pictures, which must all have the same'),
      channels: optional(
        integer('1 for grey, 3 for colours.', { min: 1, max: 3 }),
        'those of the pictures, which must all have the same',
      ),
      unreadable: choice(
        'What becomes of a picture that cannot be decoded: `refuse` to train, or `skip` it with a warning.',
        ['refuse', 'skip'],
        'refuse',
      ),
      ...sampleArguments,
      ...pictureArguments,
    },
    settings: (values) => {
      const shown = form(values);
      if (typeof shown === 'string') return shown;
      return {
        kind: 'images',
        ...samples(values.images, values),
        ...augmentation(values),
        ...shown,
        unreadable: values.unreadable,
      };
    },
  }),
  defineSource({
    type: 'npy',
    doc: 'Arrays of numpy whose first axis counts the samples: [n, features], [n, height, width] or [n, channels, height, width]. Normalized by channel or feature.',
    positional: 'npy',
    arguments: {
      npy: text(
        'File of samples; or an `.npz` with `x` and `y`, or `x_train`, `y_train`, `x_test`, `y_test`.',
      ),
      targets: optional(
        text('File of targets of an `.npy` of samples.'),
        "the samples' name with `y` for its last `x`",
      ),
      task,
      ...sampleArguments,
      ...pictureArguments,
    },
    settings: (values) => ({
      kind: 'npy',
      ...samples(values.npy, values),
      ...augmentation(values),
      ...(values.targets !== undefined && { targets: values.targets }),
      task: values.task,
    }),
  }),
  defineSource({
    type: 'csv',
    doc: 'A table with a header, its cells separated by commas, semicolons or tabs. A column of numbers is one feature, normalized; any other column is one feature for each of its values.',
    positional: 'csv',
    arguments: {
      csv: text('File, relative to the model file.'),
      target: text('Column to predict.'),
      ignore: texts('Columns to leave out.'),
      task,
      missing: choice(
        'What becomes of a row in which a cell has no value: `refuse` to train, `skip` the row, or take the `mean` of the column.',
        ['refuse', 'skip', 'mean'],
        'refuse',
      ),
      ...sampleArguments,
    },
    settings: (values) => {
      const { target, ignore, task: kind, missing } = values;
      return { kind: 'csv', ...samples(values.csv, values), target, ignore, task: kind, missing };
    },
  }),
];
