import * as l10n from '@vscode/l10n';
import { realpath, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { NormscopeError } from '../../base/errors.ts';
import { globToRegExp, isGlob } from '../../base/glob.ts';

/** Where data may be read from. Paths are absolute. */
export interface DataPlace {
  /** Folder of the model file: what data paths are relative to. */
  readonly folder: string;
  /** Further folders that data may lie in. */
  readonly roots: readonly string[];
}

/** A data file that may be read. */
export interface AllowedFile {
  /** As the model file or a glob names it: what messages say. */
  readonly name: string;
  /** Absolute, without symbolic links. */
  readonly path: string;
  readonly size: number;
}

/** A file or folder that may be read. */
export interface AllowedPath extends AllowedFile {
  readonly isFolder: boolean;
}

/** A text may have this many bytes in all its files together. */
export const largestData = 2 ** 30;
const mostEntries = 20_000;
const deepest = 12;

/**
 * The files that `pattern` (a path or a glob, relative to `folder`) means, sorted by name. Every one must be a regular file
 * inside of `folder` or one of `roots`, symbolic links resolved.
 *
 * Throws `data-missing`, `data-outside`, `data-not-a-file`, `data-too-large`, naming file and remedy.
 */
export async function findDataFiles(
  pattern: string,
  folder: string,
  roots: readonly string[],
): Promise<readonly AllowedFile[]> {
  const names = (await exists(path.resolve(folder, pattern)))
    ? [pattern]
    : await expand(pattern, folder);
  const allowed = await resolveRoots([folder, ...roots]);
  const files: AllowedFile[] = [];
  for (const name of names) {
    const { isFolder, ...file } = await allow(name, folder, allowed);
    if (isFolder) throw notAFile(name, l10n.t('a text file'));
    files.push(file);
  }
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (bytes > largestData) {
    throw inputError(
      'data-too-large',
      l10n.t(
        '{0} has {1} MB; at most {2} MB of text can be used. Take a part of it.',
        pattern,
        Math.ceil(bytes / 1e6),
        Math.floor(largestData / 1e6),
      ),
    );
  }
  return files;
}

function inputError(code: string, message: string, cause?: unknown): NormscopeError {
  return new NormscopeError('input', code, message, { cause });
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

async function expand(pattern: string, folder: string): Promise<readonly string[]> {
  if (!isGlob(pattern)) {
    throw inputError(
      'data-missing',
      l10n.t(
        'There is no file {0}. Correct train.data.text; paths are relative to {1}.',
        pattern,
        folder,
      ),
    );
  }
  const segments = pattern.split(/[/\\]/);
  const firstGlob = segments.findIndex(isGlob);
  const base = segments.slice(0, firstGlob).join('/');
  const start = base === '' && pattern.startsWith('/') ? '/' : base;
  const expression = globToRegExp(segments.slice(firstGlob).join('/'), '/');
  const found: string[] = [];
  let visited = 0;
  const walk = async (inside: string, depth: number): Promise<void> => {
    const here = path.resolve(folder, start, inside);
    const entries = await readdir(here, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (++visited > mostEntries) {
        throw inputError(
          'data-missing',
          l10n.t(
            '{0} looks through more than {1} files. Name a smaller folder in train.data.text.',
            pattern,
            mostEntries,
          ),
        );
      }
      const name = inside === '' ? entry.name : `${inside}/${entry.name}`;
      if (entry.isDirectory()) {
        const skipped = entry.name.startsWith('.') || entry.name === 'node_modules';
        if (!skipped && depth < deepest) await walk(name, depth + 1);
      } else if (expression.test(name)) {
        found.push(start === '' ? name : path.posix.join(start, name));
      }
    }
  };
  await walk('', 0);
  if (found.length === 0) {
    throw inputError(
      'data-missing',
      l10n.t(
        'No file matches {0}. Correct train.data.text; paths are relative to {1}.',
        pattern,
        folder,
      ),
    );
  }
  return found.sort();
}

async function resolveRoots(roots: readonly string[]): Promise<readonly string[]> {
  const resolved = await Promise.all(roots.map((root) => realpath(root).catch(() => undefined)));
  return resolved.filter((root) => root !== undefined);
}

/**
 * The file or folder that `name`, a path relative to the place's folder, means; symbolic links are resolved. `key` is where the
 * model file names it, e.g. `train.data.idx`. Throws `data-missing`, `data-outside`, `data-not-a-file`.
 */
export async function findDataPath(
  name: string,
  place: DataPlace,
  key: string,
): Promise<AllowedPath> {
  const { folder, roots } = place;
  if (await exists(path.resolve(folder, name))) {
    return allow(name, folder, await resolveRoots([folder, ...roots]));
  }
  throw inputError(
    'data-missing',
    l10n.t('There is no {0}. Correct {1}; paths are relative to {2}.', name, key, folder),
  );
}

/** As `findDataPath`, of something that must be a file. `what` is it to be, e.g. `a CSV file`. */
export async function findDataFile(
  name: string,
  place: DataPlace,
  key: string,
  what: string,
): Promise<AllowedFile> {
  const { isFolder, ...file } = await findDataPath(name, place, key);
  if (isFolder) throw notAFile(name, what);
  return file;
}

/** An error for a path that is no file. `what` is wanted, e.g. `a text file`. */
function notAFile(name: string, what: string): NormscopeError {
  return inputError('data-not-a-file', l10n.t('{0} is not a regular file. Give {1}.', name, what));
}

async function allow(
  name: string,
  folder: string,
  allowed: readonly string[],
): Promise<AllowedPath> {
  const real = await realpath(path.resolve(folder, name));
  if (!allowed.some((root) => isInside(real, root))) {
    throw inputError(
      'data-outside',
      l10n.t(
        '{0} lies outside of the folders that data may be read from ({1}). Copy it beside the model file.',
        name,
        allowed.join(', '),
      ),
    );
  }
  const status = await stat(real);
  if (!status.isFile() && !status.isDirectory()) throw notAFile(name, l10n.t('a file'));
  return { name, path: real, size: status.size, isFolder: status.isDirectory() };
}

function isInside(file: string, root: string): boolean {
  const relative = path.relative(root, file);
  return relative === '' || (!relative.startsWith('..') && !path.isAbsolute(relative));
}
