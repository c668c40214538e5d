import * as l10n from '@vscode/l10n';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { NormscopeError } from '../../base/errors.ts';

/** Writes a file and waits until its bytes are on the disk. */
export async function writeDurably(file: string, parts: readonly Uint8Array[]): Promise<void> {
  const handle = await open(file, 'w');
  try {
    for (const part of parts) await handle.writeFile(part);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Waits until the names in a folder are on the disk. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders; its file systems keep names in order by themselves.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Replaces a file as a whole: after a crash there is the old one or the new one. */
export async function replaceFile(file: string, content: string): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  await writeDurably(temporary, [new TextEncoder().encode(content)]);
  await rename(temporary, file);
  await syncFolder(path.dirname(file));
}

/** Prefix of folders that are being written or removed: whoever owns the place may delete them. */
export const temporaryPrefix = '.tmp-';
let temporaries = 0;

/** A folder beside `folder` that nobody takes for a finished one. */
export function temporaryBeside(folder: string): string {
  const name = `${temporaryPrefix}${process.pid}-${temporaries++}`;
  return path.join(path.dirname(folder), name);
}

/**
 * Makes a folder of files so that after a crash there is all of it or nothing: written beside, flushed, renamed, and the rename
 * flushed. `folder` must not exist, its parent must.
 */
export async function writeFolder(
  folder: string,
  files: Readonly<Record<string, readonly Uint8Array[]>>,
): Promise<void> {
  const temporary = temporaryBeside(folder);
  await mkdir(temporary);
  try {
    for (const [name, parts] of Object.entries(files)) {
      await writeDurably(path.join(temporary, name), parts);
    }
    await syncFolder(temporary);
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
  await syncFolder(path.dirname(folder));
}

/** Removes a folder so that nobody ever sees half of it. */
export async function removeFolder(folder: string): Promise<void> {
  const temporary = temporaryBeside(folder);
  await rename(folder, temporary);
  await rm(temporary, { recursive: true, force: true });
}

/** Code and remedy for a cause of a failed write, by the system's name of it. */
function writeProblem(code: string, message: string): readonly [string, string] {
  switch (code) {
    case 'ENOSPC':
      return ['disk-full', l10n.t('The disk is full. Make room and go on.')];
    case 'EDQUOT':
      return ['disk-full', l10n.t('Your share of the disk is used up. Make room and go on.')];
    case 'EFBIG':
      return [
        'disk-full',
        l10n.t('The file would be larger than allowed here. Raise the limit and go on.'),
      ];
    case 'EROFS':
      return [
        'read-only',
        l10n.t('The disk is read-only. Make it writable, or choose another folder for runs.'),
      ];
    case 'EACCES':
    case 'EPERM':
      return [
        'read-only',
        l10n.t('Writing is not allowed there. Change the rights, or choose another folder.'),
      ];
    default:
      return ['write-failed', l10n.t('{0}. Restore the folder and go on.', message)];
  }
}

/** The error for a failed write: names the place, and a remedy for the usual causes. Other errors come back as they are. */
export function writeError(what: string, place: string, cause: unknown): unknown {
  if (!(cause instanceof Error) || !('code' in cause) || typeof cause.code !== 'string')
    return cause;
  const [code, remedy] = writeProblem(cause.code, cause.message);
  return new NormscopeError(
    'environment',
    code,
    l10n.t('{0} could not be written to {1}. {2}', what, place, remedy),
    {
      cause,
    },
  );
}
