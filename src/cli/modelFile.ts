import * as l10n from '@vscode/l10n';
import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { NormscopeError } from '../base/errors.ts';

/** A model file as the user named it. */
export interface ModelFile {
  /** Absolute, symbolic links resolved: relative data paths start at its folder. */
  readonly path: string;
  readonly text: string;
}

const mostBytes = 16 * 1024 * 1024;

/**
 * Reads a model file.
 * @throws NormscopeError `model-not-found`, `model-not-readable`, `model-not-text` or `model-too-large`
 */
export async function readModel(name: string): Promise<ModelFile> {
  try {
    const bytes = await readFile(name);
    if (bytes.length > mostBytes) {
      throw new NormscopeError(
        'input',
        'model-too-large',
        l10n.t(
          '{0} has {1} bytes; a model file has at most {2}. Use Repeat for repeated layers.',
          name,
          bytes.length,
          mostBytes,
        ),
      );
    }
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { path: await realpath(name), text };
  } catch (error) {
    throw explain(name, error);
  }
}

/**
 * Folders that data may be read from beside the model file's own: the current one, and that of each data path that the user has
 * typed (`--set train.data.text=../books/*.txt`). A path that only the model file names stays inside.
 */
export function dataRoots(file: ModelFile, overrides: readonly string[]): readonly string[] {
  const typed = overrides.flatMap((override) => {
    const [, value] = /^train\.data(?:\.[\w.]+)?=(.*)$/s.exec(override) ?? [];
    if (value === undefined) return [];
    const [fixed = ''] = value.split(/[*?[{]/, 1);
    const place = path.resolve(path.dirname(file.path), fixed);
    return [fixed.endsWith('/') || fixed.endsWith(path.sep) ? place : path.dirname(place)];
  });
  return [path.resolve('.'), ...typed];
}

function explain(name: string, error: unknown): unknown {
  if (error instanceof NormscopeError) return error;
  if (error instanceof TypeError) {
    const message = l10n.t(
      '{0} is not UTF-8 text. Give a model file, such as my.model.yaml.',
      name,
    );
    return new NormscopeError('input', 'model-not-text', message);
  }
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') {
    const message = l10n.t(
      'There is no model file {0} (looked in {1}). Check the path.',
      name,
      path.resolve('.'),
    );
    return new NormscopeError('input', 'model-not-found', message);
  }
  const reasons: Record<string, string> = {
    EISDIR: l10n.t(
      '{0} is a folder. Give the path of a model file, such as {1}.',
      name,
      path.join(name, 'my.model.yaml'),
    ),
    EACCES: l10n.t('{0} may not be read. Change its permissions.', name),
    ENOTDIR: l10n.t('{0}: a part of the path is a file, not a folder. Check the path.', name),
  };
  const reason = reasons[code ?? ''];
  return reason === undefined ? error : new NormscopeError('input', 'model-not-readable', reason);
}
