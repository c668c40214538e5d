import * as l10n from '@vscode/l10n';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { NormscopeError } from '../../../base/errors.ts';
import type { AllowedFile } from '../files.ts';
import type { DataFile } from '../text.ts';
import { toShared, unreadable } from './rows.ts';

/** Files up to this size are held in memory; larger ones are read at offsets. */
export const largestHeld = 256 * 2 ** 20;
/** A packed file may unpack to so much. */
const largestUnpacked = 2 ** 30;
const chunkBytes = 2 ** 20;
const unpack = promisify(gunzip);

/** A file as samples are read from it. */
export interface OpenedFile {
  readonly name: string;
  /** Its path, or its bytes when they are held in memory that threads share. */
  readonly from: string | Uint8Array;
  /** Length in bytes, unpacked. */
  readonly size: number;
  readonly record: DataFile;
}

/**
 * Opens a file and takes its hash; what ends in `.gz` is unpacked. `held` bytes at most are kept in memory. Throws
 * `data-unreadable`, `data-too-large`, `data-corrupt`.
 */
export async function openFile(file: AllowedFile, held = largestHeld): Promise<OpenedFile> {
  const { name, path } = file;
  if (!name.endsWith('.gz') && file.size > held) {
    return { name, from: path, size: file.size, record: await hashFile(file) };
  }
  const packed = await readFile(path).catch((error: unknown) => {
    throw unreadable(name, error);
  });
  const bytes = name.endsWith('.gz') ? await unpackBytes(packed, name) : packed;
  const record = { name, size: packed.length, sha256: sha256(packed) };
  return { name, from: toShared(bytes), size: bytes.length, record };
}

async function unpackBytes(packed: Uint8Array, name: string): Promise<Uint8Array> {
  try {
    return await unpack(packed, { maxOutputLength: largestUnpacked });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new NormscopeError(
        'input',
        'data-too-large',
        l10n.t(
          '{0} unpacks to more than {1} MB. Unpack it with gunzip, and name the plain file.',
          name,
          largestUnpacked / 2 ** 20,
        ),
      );
    }
    throw corrupt(name, l10n.t('it cannot be unpacked'), error);
  }
}

/** Size and hash of a file's bytes as they are. Throws `data-unreadable`. */
export async function hashFile({
  name,
  path,
}: Pick<AllowedFile, 'name' | 'path'>): Promise<DataFile> {
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes })) {
      hash.update(chunk as Buffer);
      size += (chunk as Buffer).length;
    }
  } catch (error) {
    throw unreadable(name, error);
  }
  return { name, size, sha256: hash.digest('hex') };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A file that is not what it says it is. */
export function corrupt(name: string, what: string, cause?: unknown): NormscopeError {
  return new NormscopeError(
    'input',
    'data-corrupt',
    l10n.t('{0}: {1}. Get the file anew, or give another one.', name, what),
    { cause },
  );
}
