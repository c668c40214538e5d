import * as l10n from '@vscode/l10n';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { NormscopeError } from '../../../base/errors.ts';
import { decodePicture } from './picture.ts';
import { toPlanes, type PictureForm } from './resample.ts';

/** Where samples are. Can be handed to another thread. */
export type RowsSpec = BytesSpec | PicturesSpec | GreySpec;

/** Pictures in files of their own, which are decoded each time. */
export interface PicturesSpec {
  readonly pictures: readonly { readonly name: string; readonly path: string }[];
  readonly count: number;
  readonly form: PictureForm;
  /** Bytes of one picture, decoded. */
  readonly length: number;
}

/** Grey pictures [height, width] that are brought to another form each time. */
export interface GreySpec {
  readonly grey: BytesSpec;
  readonly height: number;
  readonly width: number;
  readonly count: number;
  readonly form: PictureForm;
}

/** Samples of the same number of bytes, at the same distance from each other. */
export interface BytesSpec {
  /** What messages call the file. */
  readonly name: string;
  /** A file's absolute path, or bytes in memory that threads share. */
  readonly from: string | Uint8Array;
  readonly count: number;
  /** Where the first begins, how far the next one is, and how many bytes each has. */
  readonly offset: number;
  readonly stride: number;
  readonly length: number;
}

/** Samples that can be read in any order. */
export interface Rows {
  readonly count: number;
  /** The bytes of sample `index`, until the next call. Throws `data-changed`, `data-unreadable`. */
  read(index: number): Uint8Array;
  close(): void;
}

/** Copies bytes to memory that threads share. */
export function toShared(bytes: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}

/** The samples of several files, one file after the other. Throws `data-unreadable`. */
export function openRows(specs: readonly RowsSpec[]): Rows {
  const parts = specs.map(openPart);
  const [only] = parts;
  return only !== undefined && parts.length === 1 ? only : new JoinedRows(parts);
}

function openPart(spec: RowsSpec): Rows {
  if ('pictures' in spec) return new PictureRows(spec);
  if ('grey' in spec) return new GreyRows(spec);
  const { from } = spec;
  return typeof from === 'string' ? new FileRows(spec, from) : new MemoryRows(spec, from);
}

class PictureRows implements Rows {
  readonly count: number;
  private readonly spec: PicturesSpec;

  constructor(spec: PicturesSpec) {
    this.spec = spec;
    this.count = spec.count;
  }

  read(index: number): Uint8Array {
    const { pictures, form, length } = this.spec;
    const { name, path } = pictures[index]!;
    try {
      const planes = toPlanes(decodePicture(readFileSync(path)), form);
      if (planes.length === length) return planes;
    } catch (error) {
      throw unreadable(name, error);
    }
    throw changed(
      l10n.t(
        '{0} has another size than before while it was used. Restore it, and go on from the last checkpoint.',
        name,
      ),
    );
  }

  close(): void {
    // No file stays open.
  }
}

class GreyRows implements Rows {
  readonly count: number;
  private readonly spec: GreySpec;
  private readonly rows: Rows;

  constructor(spec: GreySpec) {
    this.spec = spec;
    this.count = spec.count;
    this.rows = openPart(spec.grey);
  }

  read(index: number): Uint8Array {
    const { width, height, form } = this.spec;
    return toPlanes({ width, height, channels: 1, data: this.rows.read(index) }, form);
  }

  close(): void {
    this.rows.close();
  }
}

class MemoryRows implements Rows {
  readonly count: number;
  private readonly spec: BytesSpec;
  private readonly bytes: Uint8Array;

  constructor(spec: BytesSpec, bytes: Uint8Array) {
    this.spec = spec;
    this.bytes = bytes;
    this.count = spec.count;
  }

  read(index: number): Uint8Array {
    const { offset, stride, length } = this.spec;
    const start = offset + index * stride;
    return this.bytes.subarray(start, start + length);
  }

  close(): void {
    // Memory is nobody's to give back.
  }
}

/** Reads at offsets, so that a file larger than memory costs one sample. */
class FileRows implements Rows {
  readonly count: number;
  private readonly spec: BytesSpec;
  private readonly file: number;
  private readonly buffer: Uint8Array;

  constructor(spec: BytesSpec, path: string) {
    this.spec = spec;
    this.count = spec.count;
    this.buffer = new Uint8Array(spec.length);
    try {
      this.file = openSync(path, 'r');
    } catch (error) {
      throw unreadable(spec.name, error);
    }
  }

  read(index: number): Uint8Array {
    const { offset, stride, length, name } = this.spec;
    let done = 0;
    while (done < length) {
      const at = offset + index * stride + done;
      const read = this.readSome(done, at);
      if (read === 0) {
        throw changed(
          l10n.t(
            '{0} became shorter while it was used. Restore it, and go on from the last checkpoint.',
            name,
          ),
        );
      }
      done += read;
    }
    return this.buffer;
  }

  close(): void {
    closeSync(this.file);
  }

  private readSome(done: number, at: number): number {
    try {
      return readSync(this.file, this.buffer, done, this.spec.length - done, at);
    } catch (error) {
      throw unreadable(this.spec.name, error);
    }
  }
}

class JoinedRows implements Rows {
  readonly count: number;
  private readonly parts: readonly Rows[];
  /** Number of the first sample of each part. */
  private readonly starts: readonly number[];

  constructor(parts: readonly Rows[]) {
    this.parts = parts;
    let count = 0;
    this.starts = parts.map((part) => {
      const start = count;
      count += part.count;
      return start;
    });
    this.count = count;
  }

  read(index: number): Uint8Array {
    const part = this.starts.findLastIndex((start) => start <= index);
    return this.parts[part]!.read(index - this.starts[part]!);
  }

  close(): void {
    for (const part of this.parts) part.close();
  }
}

function changed(message: string): NormscopeError {
  return new NormscopeError('environment', 'data-changed', message);
}

/** What to tell when the system does not give a file's bytes. */
export function unreadable(name: string, error: unknown): NormscopeError {
  const reason = error instanceof Error ? error.message : String(error);
  return new NormscopeError(
    'input',
    'data-unreadable',
    l10n.t('{0} cannot be read ({1}). Check its permissions.', name, reason),
    { cause: error },
  );
}
