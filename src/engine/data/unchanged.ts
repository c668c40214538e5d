import * as l10n from '@vscode/l10n';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { NormscopeError } from '../../base/errors.ts';
import { hashFile } from './samples/fileBytes.ts';
import type { DataFile } from './text.ts';

/**
 * Makes sure that data files, named relative to `folder`, still hold what was read of them after `since` (milliseconds of the epoch).
 * Only what the file system calls changed since then is read again. Of a folder that was read as one, nothing can be said.
 *
 * Throws `data-changed`, naming the first that is gone or different.
 */
export async function requireUnchanged(
  files: readonly DataFile[],
  folder: string,
  since: number,
): Promise<void> {
  for (const { name, size, sha256 } of files) {
    const file = path.resolve(folder, name);
    const found = await stat(file).catch(() => undefined);
    if (found?.isDirectory()) continue;
    if (found?.size === size) {
      // Not the time of the content alone: a copy may carry an old one.
      if (Math.max(found.ctimeMs, found.mtimeMs) < since) continue;
      if ((await hashFile({ name, path: file })).sha256 === sha256) continue;
    }
    throw new NormscopeError(
      'input',
      'data-changed',
      l10n.t(
        '{0} is not what the run was trained on any more: its steps cannot be computed again. Restore it, or start a new run.',
        name,
      ),
    );
  }
}
