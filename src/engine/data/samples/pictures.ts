import * as l10n from '@vscode/l10n';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { NormscopeError } from '../../../base/errors.ts';
import { sizeOf, type Shape } from '../../../compiler/graph/types.ts';
import type { PicturesSettings } from '../../../language/settings.ts';
import { findDataPath, type AllowedFile, type DataPlace } from '../files.ts';
import type { DataFile } from '../text.ts';
import { corrupt, largestHeld } from './fileBytes.ts';
import { pixels, type SampleData, type SampleFiles } from './formats.ts';
import { decodePicture, pictureName, readHeader, type PictureHeader } from './picture.ts';
import { toPlanes, type PictureForm } from './resample.ts';
import { unreadable } from './rows.ts';

const key = 'train.data.images';
/** Folders that hold the parts of the data, where there are such. */
const partNames = {
  training: ['train', 'training'],
  validation: ['val', 'valid', 'validation', 'test'],
};

export interface PictureOptions {
  /** False finds out no more than shapes and classes. */
  readonly thorough: boolean;
  /** Pictures of so many bytes together are kept in memory, decoded; more are decoded when they are needed. */
  readonly held?: number;
}

interface ClassFolder {
  readonly name: string;
  readonly pictures: readonly AllowedFile[];
}

/**
 * Reads a folder with a folder of PNG and JPEG files for each class; `train` and `val` (or `test`) hold them where there are such.
 * Every picture is decoded once, so that a broken one is found before training. Throws what `findDataPath` throws, `data-empty`,
 * `data-mismatch`, `data-corrupt`, `data-unreadable`.
 */
export async function readPictures(
  settings: PicturesSettings,
  place: DataPlace,
  options: PictureOptions,
): Promise<SampleData> {
  const names = await foldersIn(settings.path, place);
  const part = (known: readonly string[]): string | undefined => {
    const found = names.find((name) => known.includes(name.toLowerCase()));
    return found === undefined ? undefined : path.posix.join(settings.path, found);
  };
  const training = part(partNames.training);
  const folders = await classFolders(training ?? settings.path, place);
  const classNames = folders.map(({ name }) => path.posix.basename(name));
  const reader = new PictureReader(settings, options);
  const own = await reader.read(folders, classNames);
  const held = training === undefined ? undefined : part(partNames.validation);
  const validation = held === undefined ? undefined : await classFolders(held, place);
  return {
    training: own,
    ...(validation && { validation: await reader.read(validation, classNames) }),
    classes: classNames.length,
    classNames,
    warnings: reader.warnings,
  };
}

async function foldersIn(name: string, place: DataPlace): Promise<readonly string[]> {
  const found = await findDataPath(name, place, key);
  if (!found.isFolder) {
    throw new NormscopeError(
      'input',
      'data-not-a-folder',
      l10n.t(
        '{0} is a file. Name a folder in {1} that has a folder of pictures for each class.',
        name,
        key,
      ),
    );
  }
  const entries = await readdir(found.path, { withFileTypes: true });
  return entries
    .filter(
      (entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith('.'),
    )
    .map((entry) => entry.name)
    .sort();
}

async function classFolders(name: string, place: DataPlace): Promise<readonly ClassFolder[]> {
  const names = await foldersIn(name, place);
  if (names.length < 2) {
    throw new NormscopeError(
      'input',
      'data-empty',
      l10n.t(
        '{0} has {1} folders. It needs two or more, each with the pictures of one class.',
        name,
        names.length,
      ),
    );
  }
  const folders: ClassFolder[] = [];
  for (const own of names) folders.push(await classFolder(path.posix.join(name, own), place));
  return folders;
}

async function classFolder(name: string, place: DataPlace): Promise<ClassFolder> {
  const { path: folder } = await findDataPath(name, place, key);
  const entries = (await readdir(folder, { withFileTypes: true })).filter((entry) =>
    pictureName.test(entry.name),
  );
  const pictures: AllowedFile[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const file = `${name}/${entry.name}`;
    pictures.push(
      // A link may lead out of the allowed folders.
      entry.isFile()
        ? { name: file, path: path.join(folder, entry.name), size: 0 }
        : await findDataPath(file, place, key),
    );
  }
  if (pictures.length === 0) {
    throw new NormscopeError(
      'input',
      'data-empty',
      l10n.t(
        '{0} has no PNG or JPEG. Put the pictures of its class there, or remove the folder.',
        name,
      ),
    );
  }
  return { name, pictures };
}

/** Reads pictures that must go together. */
class PictureReader {
  readonly warnings: string[] = [];
  private readonly settings: PicturesSettings;
  private readonly options: PictureOptions;
  private first: (PictureHeader & { readonly name: string }) | undefined;

  constructor(settings: PicturesSettings, options: PictureOptions) {
    this.settings = settings;
    this.options = options;
  }

  async read(folders: readonly ClassFolder[], classNames: readonly string[]): Promise<SampleFiles> {
    const kept: AllowedFile[] = [];
    const targets: number[] = [];
    const files: DataFile[] = [];
    const decoded: Uint8Array[] = [];
    for (const folder of folders) {
      const target = classNames.indexOf(path.posix.basename(folder.name));
      if (target < 0) {
        throw new NormscopeError(
          'input',
          'data-label',
          l10n.t(
            '{0} is of a class that is not trained ({1}). Remove it, or add its pictures to the training part.',
            folder.name,
            classNames.join(', '),
          ),
        );
      }
      const hash = createHash('sha256');
      let size = 0;
      for (const file of folder.pictures) {
        if (!this.options.thorough && this.first) {
          kept.push(file);
          targets.push(target);
          continue;
        }
        if (kept.length % 64 === 0) await setImmediate();
        const bytes = await readFile(file.path).catch((error: unknown) => {
          throw unreadable(file.name, error);
        });
        hash.update(file.name).update(bytes);
        size += bytes.length;
        const planes = this.decode(bytes, file.name);
        if (planes === undefined) continue;
        kept.push(file);
        targets.push(target);
        if (decoded.length * planes.length <= this.held) decoded.push(planes);
      }
      files.push({ name: folder.name, size, sha256: hash.digest('hex') });
    }
    const shape = this.shape();
    const isHeld = decoded.length === kept.length && kept.length * sizeOf(shape) <= this.held;
    return {
      rows: [isHeld ? memoryRows(decoded) : this.fileRows(kept, shape)],
      ...pixels,
      shape,
      targets: Int32Array.from(targets),
      files,
    };
  }

  private get held(): number {
    return this.options.held ?? largestHeld;
  }

  /** Undefined for a picture that is left out. */
  private decode(bytes: Uint8Array, name: string): Uint8Array | undefined {
    try {
      const picture = this.options.thorough ? decodePicture(bytes) : undefined;
      const header = picture ?? readHeader(bytes);
      this.first ??= { ...header, name };
      this.requireSame(header, this.first, name);
      return picture ? toPlanes(picture, this.form) : new Uint8Array();
    } catch (error) {
      if (error instanceof NormscopeError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      if (this.settings.unreadable === 'skip') {
        this.warnings.push(l10n.t('{0} is left out: {1}.', name, reason));
        return undefined;
      }
      throw corrupt(
        name,
        l10n.t('it cannot be decoded ({0}); unreadable: skip leaves it out', reason),
        error,
      );
    }
  }

  private get channels(): 1 | 3 {
    return this.settings.channels ?? this.first?.channels ?? 3;
  }

  private get form(): PictureForm {
    const { size } = this.settings;
    return { channels: this.channels, ...(size !== undefined && { size }) };
  }

  private shape(): Shape {
    const { size } = this.settings;
    const { first } = this;
    if (first === undefined) {
      throw new NormscopeError(
        'input',
        'data-empty',
        l10n.t('{0} has no picture that can be read. Give PNG or JPEG files.', this.settings.path),
      );
    }
    return [this.channels, size ?? first.height, size ?? first.width];
  }

  private requireSame(
    { width, height, channels }: PictureHeader,
    first: PictureHeader & { readonly name: string },
    name: string,
  ): void {
    const { settings } = this;
    if (settings.size === undefined && (width !== first.width || height !== first.height)) {
      throw new NormscopeError(
        'input',
        'data-mismatch',
        l10n.t(
          '{0} is {1} × {2}, {3} is {4} × {5}. Bring them to one size, or give one here, e.g. size: {6}.',
          name,
          width,
          height,
          first.name,
          first.width,
          first.height,
          Math.min(first.width, first.height),
        ),
      );
    }
    if (settings.channels === undefined && channels !== first.channels) {
      const mode = (count: number): string => (count === 1 ? l10n.t('grey') : l10n.t('in colour'));
      throw new NormscopeError(
        'input',
        'data-mismatch',
        l10n.t(
          '{0} is {1}, {2} is {3}. Say channels: 3, or channels: 1 for grey.',
          name,
          mode(channels),
          first.name,
          mode(first.channels),
        ),
      );
    }
  }

  private fileRows(files: readonly AllowedFile[], shape: Shape): SampleFiles['rows'][number] {
    return {
      pictures: files.map(({ name, path: file }) => ({ name, path: file })),
      count: files.length,
      form: this.form,
      length: sizeOf(shape),
    };
  }
}

function memoryRows(decoded: readonly Uint8Array[]): SampleFiles['rows'][number] {
  const length = decoded[0]?.length ?? 0;
  const bytes = new Uint8Array(new SharedArrayBuffer(length * decoded.length));
  decoded.forEach((planes, index) => {
    bytes.set(planes, index * length);
  });
  return {
    name: 'pictures',
    from: bytes,
    count: decoded.length,
    offset: 0,
    stride: length,
    length,
  };
}
