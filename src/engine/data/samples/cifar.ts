import * as l10n from '@vscode/l10n';
import { counted } from '../../../base/counts.ts';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { NormscopeError } from '../../../base/errors.ts';
import type { CifarSettings } from '../../../language/settings.ts';
import { findDataFile, findDataPath, type AllowedFile, type DataPlace } from '../files.ts';
import { corrupt, openFile, type OpenedFile } from './fileBytes.ts';
import { pixels, type SampleData, type SampleFiles } from './formats.ts';
import { openRows, type BytesSpec } from './rows.ts';

const key = 'train.data.cifar10';
const shape = [3, 32, 32];
const length = 3 * 32 * 32;
const classes = 10;

/**
 * Reads the binary version of CIFAR-10 (cs.toronto.edu/~kriz/cifar.html): each picture is a byte with its class and 3072 bytes, red,
 * green and blue one after the other. Throws what `findDataPath` and `openFile` throw, `data-missing`, `data-corrupt`, `data-label`.
 */
export async function readCifar(settings: CifarSettings, place: DataPlace): Promise<SampleData> {
  const { path: name } = settings;
  const found = await findDataPath(name, place, key);
  if (!found.isFolder) return { training: await readPart([found]), classes };
  const names = (await readdir(found.path)).sort();
  const file = (one: string): Promise<AllowedFile> =>
    findDataFile(path.posix.join(name, one), place, key, l10n.t('a file of CIFAR-10'));
  const batches = names.filter((one) => /^data_batch.*\.bin$/.test(one));
  if (batches.length === 0) {
    throw new NormscopeError(
      'input',
      'data-missing',
      l10n.t(
        '{0} has no data_batch_1.bin. Name the folder of the binary version of CIFAR-10 in {1}.',
        name,
        key,
      ),
    );
  }
  const tests = names.filter((one) => /^test_batch.*\.bin$/.test(one));
  const training = await readPart(await Promise.all(batches.map(file)));
  const validation = tests.length > 0 && (await readPart(await Promise.all(tests.map(file))));
  const classNames = await readNames(path.join(found.path, 'batches.meta.txt'));
  return {
    training,
    ...(validation && { validation }),
    classes,
    ...(classNames.length === classes && { classNames }),
  };
}

async function readPart(files: readonly AllowedFile[]): Promise<SampleFiles> {
  const opened: OpenedFile[] = [];
  for (const file of files) opened.push(await openFile(file));
  return {
    rows: opened.map((file) => rowsOf(file)),
    ...pixels,
    shape,
    targets: Int32Array.from(opened.flatMap((file) => [...labelsOf(file)])),
    files: opened.map(({ record }) => record),
  };
}

function rowsOf({ name, from, size }: OpenedFile): BytesSpec {
  const stride = length + 1;
  if (size === 0 || size % stride !== 0) {
    throw corrupt(
      name,
      l10n.t('it has {0}, not a multiple of the {1} of a picture', counted.bytes(size), stride),
    );
  }
  return { name, from, count: size / stride, offset: 1, stride, length };
}

function labelsOf(file: OpenedFile): Uint8Array {
  const spec = { ...rowsOf(file), offset: 0, length: 1 };
  const rows = openRows([spec]);
  try {
    return Uint8Array.from({ length: spec.count }, (_, index) => {
      const label = rows.read(index)[0]!;
      if (label < classes) return label;
      throw new NormscopeError(
        'input',
        'data-label',
        l10n.t(
          "Picture {0} of {1} (counted from 0) has the class {2}; there are 0 to {3}. Give a file of CIFAR-10's binary version.",
          index,
          file.name,
          label,
          classes - 1,
        ),
      );
    });
  } finally {
    rows.close();
  }
}

async function readNames(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split(/\r?\n/).filter((line) => line !== '');
}
