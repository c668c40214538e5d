import type { AugmentationSettings, SampleSettings } from '../settings.ts';
import {
  defaultValue,
  integer,
  number,
  numberList,
  optional,
  text,
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
      ...sampleArguments,
      ...pictureArguments,
    },
    settings: (values) => ({
      kind: 'idx',
      ...samples(values.idx, values),
      ...augmentation(values),
      ...(values.labels !== undefined && { labels: values.labels }),
    }),
  }),
];
