import { readdir } from 'node:fs/promises';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import { counted } from '../../../base/counts.ts';
import { NormscopeError } from '../../../base/errors.ts';
import { formatShape, sizeOf, type Shape } from '../../../compiler/graph/types.ts';
import type { IdxSettings } from '../../../language/settings.ts';
import { findDataFile, findDataPath, type AllowedFile, type DataPlace } from '../files.ts';
import { bytesOf, readElements, type Elements, type ElementType } from './elements.ts';
import { corrupt, openFile, type OpenedFile } from './fileBytes.ts';
import { pixels, type SampleData, type SampleFiles } from './formats.ts';
import { openRows, type BytesSpec } from './rows.ts';

const key = 'train.data.idx';
/** Codes of the third byte of the magic number (yann.lecun.com/exdb/mnist); numbers are big-endian. */
const types: Readonly<Record<number, ElementType>> = {
  0x08: 'uint8',
  0x09: 'int8',
  0x0b: 'int16',
  0x0c: 'int32',
  0x0d: 'float32',
  0x0e: 'float64',
};
const mostClasses = 65_536;

interface IdxHeader {
  readonly elements: Elements;
  readonly shape: Shape;
  /** Bytes before the numbers. */
  readonly offset: number;
}

/**
 * Reads files in the format of MNIST. Throws what `findDataPath` and `openFile` throw, `data-corrupt` where header and size disagree,
 * `data-mismatch` where pictures and labels do.
 */
export async function readIdx(settings: IdxSettings, place: DataPlace): Promise<SampleData> {
  const found = await findDataPath(settings.path, place, key);
  const parts = found.isFolder
    ? await partsOf(settings.path, place)
    : { training: await pairOf(settings, place) };
  const training = await readPart(parts.training, settings);
  const validation = parts.validation && (await readPart(parts.validation, settings));
  if (validation && formatShape(validation.shape) !== formatShape(training.shape)) {
    throw new NormscopeError(
      'input',
      'data-mismatch',
      l10n.t(
        '{0} holds samples {1}, {2} {3}. Give files of one data set.',
        parts.validation.images.name,
        formatShape(validation.shape),
        parts.training.images.name,
        formatShape(training.shape),
      ),
    );
  }
  const labels = [training, validation].flatMap((part) => (part ? [part.targets] : []));
  const classes = 1 + labels.flatMap((list) => [...list]).reduce((a, b) => Math.max(a, b), 0);
  return { training, ...(validation && { validation }), classes };
}

interface Pair {
  readonly images: AllowedFile;
  readonly labels: AllowedFile;
}

/** The files of a folder by their usual names: `train-images-idx3-ubyte`, with a dot for the second dash, or packed. */
async function partsOf(
  folder: string,
  place: DataPlace,
): Promise<{ readonly training: Pair; readonly validation?: Pair }> {
  const names = await readdir(path.resolve(place.folder, folder));
  const find = (part: RegExp, what: string): string | undefined => {
    const wanted = new RegExp(`(${part.source}).*${what}[-.]idx\\d-ubyte(\\.gz)?$`);
    // A plain file goes before its packed twin.
    return names.filter((name) => wanted.test(name)).sort((a, b) => a.length - b.length)[0];
  };
  const pair = async (part: RegExp): Promise<Pair | undefined> => {
    const [images, labels] = [find(part, 'images'), find(part, 'labels')];
    if (images === undefined || labels === undefined) return undefined;
    const file = (name: string): Promise<AllowedFile> =>
      findDataFile(path.posix.join(folder, name), place, key, l10n.t('an IDX file'));
    return { images: await file(images), labels: await file(labels) };
  };
  const training = await pair(/train/);
  if (training === undefined) {
    throw new NormscopeError(
      'input',
      'data-missing',
      l10n.t(
        '{0} has no train-images-idx3-ubyte with train-labels-idx1-ubyte (or .gz). Name the folder of the four files of MNIST, or a file of pictures, in {1}.',
        folder,
        key,
      ),
    );
  }
  const validation = await pair(/t10k|test/);
  return { training, ...(validation && { validation }) };
}

async function pairOf(settings: IdxSettings, place: DataPlace): Promise<Pair> {
  const { path: images, labels } = settings;
  const guessed = images.replace(/images(?=[^/]*$)/, 'labels').replace(/idx3(?=[^/]*$)/, 'idx1');
  const labelKey =
    labels === undefined ? l10n.t('{0}, or say train.data.labels', key) : 'train.data.labels';
  return {
    images: await findDataFile(images, place, key, l10n.t('a file of pictures')),
    labels: await findDataFile(labels ?? guessed, place, labelKey, l10n.t('a file of labels')),
  };
}

async function readPart({ images, labels }: Pair, settings: IdxSettings): Promise<SampleFiles> {
  const pictures = await openFile(images);
  const { elements, shape, offset } = headerOf(pictures);
  const [count = 0, ...sample] = shape;
  const length = sizeOf(sample) * bytesOf(elements);
  const answers = await openFile(labels);
  const targets = labelsOf(answers);
  if (targets.length !== count) {
    throw new NormscopeError(
      'input',
      'data-mismatch',
      l10n.t(
        '{0} has {1}, {2} has {3}. Give files that belong together.',
        images.name,
        counted.samples(count),
        labels.name,
        counted.labels(targets.length),
      ),
    );
  }
  const { name, from } = pictures;
  const bytes = { name, from, count, offset, stride: length, length };
  return {
    ...rowsOf(bytes, sample, elements, settings),
    elements,
    scale: elements.type === 'uint8' ? pixels.scale : 1,
    targets,
    files: [pictures.record, answers.record],
  };
}

/** The samples as they are, or in the form that is wanted. */
function rowsOf(
  bytes: BytesSpec,
  sample: Shape,
  { type }: Elements,
  { size, channels }: IdxSettings,
): Pick<SampleFiles, 'rows' | 'shape'> {
  const [height = 0, width = 0] = sample;
  const isWanted = size !== undefined || channels === 3;
  // Pictures without colours have one channel.
  if (!isWanted) return { rows: [bytes], shape: sample.length === 2 ? [1, ...sample] : sample };
  if (sample.length !== 2 || type !== 'uint8') {
    throw new NormscopeError(
      'input',
      'data-mismatch',
      l10n.t(
        'size and channels are for grey pictures of bytes, and {0} holds samples {1} of {2}. Take them out.',
        bytes.name,
        formatShape(sample),
        type,
      ),
    );
  }
  const form = { channels: channels ?? 1, ...(size !== undefined && { size }) } as const;
  return {
    rows: [{ grey: bytes, height, width, count: bytes.count, form }],
    shape: [form.channels, size ?? height, size ?? width],
  };
}

function labelsOf(file: OpenedFile): Int32Array {
  const { elements, shape, offset } = headerOf(file);
  if (shape.length !== 1) {
    throw corrupt(file.name, l10n.t('it holds {0}, and labels are a list', formatShape(shape)));
  }
  const length = sizeOf(shape) * bytesOf(elements);
  const { name, from } = file;
  const rows = openRows([{ name, from, count: 1, offset, stride: length, length }]);
  const values = new Float64Array(sizeOf(shape));
  try {
    readElements(rows.read(0), elements, values);
  } finally {
    rows.close();
  }
  const wrong = values.findIndex(
    (value) => !Number.isInteger(value) || value < 0 || value >= mostClasses,
  );
  if (wrong >= 0) {
    throw new NormscopeError(
      'input',
      'data-label',
      l10n.t(
        'Label {0} of {1} (counted from 0) is {2}; classes are whole numbers from 0 to {3}. Give the file of labels.',
        wrong,
        name,
        values[wrong]!,
        mostClasses - 1,
      ),
    );
  }
  return Int32Array.from(values);
}

function headerOf({ name, from, size }: OpenedFile): IdxHeader {
  const short = (length: number): Uint8Array => {
    if (size < length)
      throw corrupt(name, l10n.t('it has {0} and no header of an IDX file', counted.bytes(size)));
    const rows = openRows([{ name, from, count: 1, offset: 0, stride: length, length }]);
    try {
      return rows.read(0);
    } finally {
      rows.close();
    }
  };
  const [zero, second, code = 0, axes = 0] = short(4);
  const type = types[code];
  if (zero !== 0 || second !== 0 || type === undefined || axes === 0) {
    throw corrupt(name, l10n.t('it does not begin like an IDX file (0, 0, type of number, axes)'));
  }
  const offset = 4 + 4 * axes;
  const bytes = short(offset);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  const elements = { type, littleEndian: false };
  const wanted = sizeOf(shape) * bytesOf(elements);
  if (wanted !== size - offset || wanted === 0) {
    throw corrupt(
      name,
      l10n.t(
        'its header promises {0}, which is {1}, and what follows is {2}',
        formatShape(shape),
        counted.bytes(wanted),
        counted.bytes(size - offset),
      ),
    );
  }
  return { elements, shape, offset };
}
