import * as l10n from '@vscode/l10n';
import { readFile } from 'node:fs/promises';
import { NormscopeError } from '../../../base/errors.ts';
import { sizeOf, type Shape } from '../../../compiler/graph/types.ts';
import type { ArraysSettings } from '../../../language/settings.ts';
import { findDataFile, type DataPlace } from '../files.ts';
import type { DataFile } from '../text.ts';
import { bytesOf, readElements } from './elements.ts';
import { openFile } from './fileBytes.ts';
import { pixels, type SampleData, type SampleFiles } from './formats.ts';
import { readNpy, type NpyArray } from './npy.ts';
import { unpackArrays } from './npz.ts';
import { openRows, unreadable } from './rows.ts';

const key = 'train.data.npy';
const mostClasses = 65_536;

/**
 * Reads arrays of numpy: an `.npy` of samples and one of targets, or an `.npz` with `x` and `y`, or `x_train`, `y_train`, `x_test`,
 * `y_test`. Throws what `findDataPath` and `openFile` throw, `data-corrupt`, `data-too-large`, `data-missing`, `data-mismatch`,
 * `data-label`.
 */
export async function readArrays(settings: ArraysSettings, place: DataPlace): Promise<SampleData> {
  const { task } = settings;
  const file = await findDataFile(settings.path, place, key, l10n.t('an .npy or .npz file'));
  if (!settings.path.endsWith('.npz')) {
    const answers = await findDataFile(
      settings.targets ?? settings.path.replace(/x(?=[^/x]*$)/, 'y'),
      place,
      'train.data.targets',
      l10n.t('an .npy file of targets'),
    );
    const [x, y] = [await openFile(file), await openFile(answers)];
    return dataOf(partOf(readNpy(x), readNpy(y), task, [x.record, y.record]), undefined);
  }
  const { record } = await openFile(file, 0);
  const bytes = await readFile(file.path).catch((error: unknown) => {
    throw unreadable(file.name, error);
  });
  const arrays = unpackArrays(bytes, file.name, record);
  const pair = (x: string, y: string): SampleFiles | undefined => {
    const [samples, targets] = [arrays.get(x), arrays.get(y)];
    if (samples === undefined || targets === undefined) return undefined;
    return partOf(readNpy(samples), readNpy(targets), task, [record]);
  };
  const training = pair('x_train', 'y_train') ?? pair('x', 'y');
  if (training) return dataOf(training, pair('x_test', 'y_test'));
  throw new NormscopeError(
    'input',
    'data-missing',
    l10n.t(
      '{0} has no arrays x and y (or x_train and y_train); it has {1}. Save it with numpy.savez(file, x=..., y=...).',
      file.name,
      [...arrays.keys()].join(', '),
    ),
  );
}

function dataOf(training: SampleFiles, validation: SampleFiles | undefined): SampleData {
  const parts = validation ? [training, validation] : [training];
  const isClasses = training.targets instanceof Int32Array;
  const largest = parts.map(({ targets }) => largestOf(targets));
  const classes = 1 + Math.max(...largest);
  return { training, ...(validation && { validation }), ...(isClasses && { classes }) };
}

function largestOf(values: Iterable<number>): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, value);
  return largest;
}

function partOf(
  x: NpyArray,
  y: NpyArray,
  task: ArraysSettings['task'],
  files: readonly DataFile[],
): SampleFiles {
  const { file, elements, offset } = x;
  const [count = 0, ...sample] = x.shape;
  if (count === 0 || sample.length === 0 || y.shape[0] !== count) {
    throw new NormscopeError(
      'input',
      'data-mismatch',
      l10n.t(
        '{0} is [{1}] and {2} is [{3}]: the first axis of both counts the samples. Give arrays that belong together.',
        file.name,
        x.shape.join(', '),
        y.file.name,
        y.shape.join(', '),
      ),
    );
  }
  const length = sizeOf(sample) * bytesOf(elements);
  const isPicture = sample.length >= 2;
  return {
    rows: [{ name: file.name, from: file.from, count, offset, stride: length, length }],
    elements,
    scale: elements.type === 'uint8' && isPicture ? pixels.scale : 1,
    shape: shapeOf(sample, file.name),
    targets: targetsOf(y, task),
    files,
  };
}

/** Pictures without colours get one channel; those with the channels last are refused. */
function shapeOf(sample: Shape, name: string): Shape {
  if (sample.length === 2) return [1, ...sample];
  const [first = 0, , last = 0] = sample;
  if (sample.length === 3 && last <= 4 && first > 4) {
    throw new NormscopeError(
      'input',
      'data-mismatch',
      l10n.t(
        '{0} seems to hold pictures [height, width, channels]. Save x.transpose(0, 3, 1, 2), with the channels first.',
        name,
      ),
    );
  }
  return sample;
}

function targetsOf({ file, elements, shape, offset }: NpyArray, task: ArraysSettings['task']) {
  const length = sizeOf(shape) * bytesOf(elements);
  const values = new Float64Array(sizeOf(shape));
  const { name, from } = file;
  const rows = openRows([{ name, from, count: 1, offset, stride: length, length }]);
  try {
    readElements(rows.read(0), elements, values);
  } finally {
    rows.close();
  }
  if (task === 'regression') return Float32Array.from(values);
  if (sizeOf(shape) !== shape[0]) {
    throw new NormscopeError(
      'input',
      'data-label',
      l10n.t(
        '{0} is [{1}]; classes are one number for each sample. Save their numbers, or say task: regression.',
        name,
        shape.join(', '),
      ),
    );
  }
  const wrong = values.findIndex(
    (value) => !Number.isInteger(value) || value < 0 || value >= mostClasses,
  );
  if (wrong < 0) return Int32Array.from(values);
  throw new NormscopeError(
    'input',
    'data-label',
    l10n.t(
      'Target {0} of {1} (counted from 0) is {2}; classes are whole numbers from 0 to {3}. Correct it, or say task: regression.',
      wrong,
      name,
      values[wrong]!,
      mostClasses - 1,
    ),
  );
}
