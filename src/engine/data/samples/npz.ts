import * as l10n from '@vscode/l10n';
import { Unzip, UnzipInflate } from 'fflate';
import { NormscopeError } from '../../../base/errors.ts';
import type { DataFile } from '../text.ts';
import { corrupt, type OpenedFile } from './fileBytes.ts';
import { toShared } from './rows.ts';

/** All arrays of a file together may unpack to so much. */
export const largestArrays = 2 ** 30;
/** Packed bytes taken at once: they unpack to a thousand times as much at most. */
const chunkBytes = 16_384;
const longestEnd = 22 + 65_535;

/**
 * The arrays of an `.npz` by name, in memory. It stops as soon as they are too large, whatever sizes the file names. Throws
 * `data-too-large`, `data-corrupt`.
 */
export function unpackArrays(
  packed: Uint8Array,
  name: string,
  record: DataFile,
  most = largestArrays,
): ReadonlyMap<string, OpenedFile> {
  // Its last record, 22 bytes and a comment.
  const end = Buffer.from(packed.buffer, packed.byteOffset, packed.length).lastIndexOf(
    'PK\x05\x06',
  );
  if (end < packed.length - longestEnd || end < 0)
    throw corrupt(name, l10n.t('it is no .npz file, or cut off'));
  const parts = new Map<string, Uint8Array[]>();
  let total = 0;
  let complete = 0;
  let failure: NormscopeError | undefined;
  const unzip = new Unzip((entry) => {
    if (!entry.name.endsWith('.npy')) return;
    const chunks: Uint8Array[] = [];
    parts.set(entry.name.slice(0, -4), chunks);
    entry.ondata = (error, data, isLast) => {
      // An error that is thrown here would come back as one of this entry.
      if (error) failure ??= corrupt(name, l10n.t('{0} cannot be unpacked', entry.name), error);
      else {
        total += data.length;
        if (total > most) failure ??= tooLarge(name, most);
        if (failure === undefined) chunks.push(data);
        if (isLast) complete++;
      }
    };
    entry.start();
  });
  unzip.register(UnzipInflate);
  for (let at = 0; at < packed.length; at += chunkBytes) {
    try {
      unzip.push(packed.subarray(at, at + chunkBytes), at + chunkBytes >= packed.length);
    } catch (error) {
      failure ??= corrupt(name, l10n.t('it cannot be unpacked'), error);
    }
    if (failure !== undefined) throw failure;
  }
  if (complete < parts.size || parts.size === 0) {
    throw corrupt(name, l10n.t('it has no arrays, or they are cut off'));
  }
  return new Map(
    [...parts].map(([array, chunks]) => {
      const from = toShared(Buffer.concat(chunks));
      return [array, { name: `${name}/${array}`, from, size: from.length, record }];
    }),
  );
}

function tooLarge(name: string, most: number): NormscopeError {
  return new NormscopeError(
    'input',
    'data-too-large',
    l10n.t(
      'The arrays of {0} unpack to more than {1} MB. Save them as .npy files, which are read where they are.',
      name,
      Math.floor(most / 2 ** 20),
    ),
  );
}
