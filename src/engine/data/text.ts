import * as l10n from '@vscode/l10n';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { NormscopeError } from '../../base/errors.ts';
import { findDataFiles, type AllowedFile } from './files.ts';
import { describeEncodingProblem, EncodingProblem, Utf8Decoder } from './utf8.ts';

/** A file as a run's manifest records it. */
export interface DataFile {
  readonly name: string;
  readonly size: number;
  /** SHA-256 of its bytes, hexadecimal. */
  readonly sha256: string;
}

/** As small as the number of different tokens allows. */
export type TokenArray = Uint8Array | Uint16Array | Uint32Array;

/** A text as tokens: token i stands for the code point `symbols[i]`; symbols are sorted. */
export interface TokenizedText {
  readonly tokens: TokenArray;
  readonly symbols: Uint32Array;
  readonly files: readonly DataFile[];
}

const chunkBytes = 2 ** 20;
const codePoints = 0x110000;
const unseen = 0xffffffff;

/**
 * Reads UTF-8 files one after the other as one sequence of characters, a chunk at a time, so that a text of a gigabyte needs
 * its tokens and no more. `pattern`, `folder` and `roots` as in `findDataFiles`.
 *
 * Throws besides what that throws: `data-empty`, `data-binary`, `data-encoding`, `data-unreadable`.
 */
export async function readText(
  pattern: string,
  folder: string,
  roots: readonly string[],
): Promise<TokenizedText> {
  const found = await findDataFiles(pattern, folder, roots);
  const tokenizer = new Tokenizer(found.reduce((sum, { size }) => sum + size, 0));
  const files: DataFile[] = [];
  for (const file of found) files.push(await readFile(file, tokenizer));
  const { tokens, symbols } = tokenizer.finish();
  if (tokens.length === 0) {
    throw new NormscopeError(
      'input',
      'data-empty',
      l10n.t('{0} holds no text. Give a file with text.', pattern),
    );
  }
  return { tokens, symbols, files };
}

async function readFile(file: AllowedFile, tokenizer: Tokenizer): Promise<DataFile> {
  const decoder = new Utf8Decoder();
  const hash = createHash('sha256');
  const points = new Uint32Array(chunkBytes);
  let size = 0;
  try {
    for await (const chunk of createReadStream(file.path, { highWaterMark: chunkBytes })) {
      const bytes = chunk as Buffer;
      size += bytes.length;
      hash.update(bytes);
      tokenizer.take(points.subarray(0, decoder.decode(bytes, points)), file.name);
    }
    decoder.end();
  } catch (error) {
    if (error instanceof EncodingProblem) {
      const line = await lineOfByte(file.path, error.byte);
      throw describeEncodingProblem(error, file.name, line);
    }
    if (error instanceof NormscopeError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new NormscopeError(
      'input',
      'data-unreadable',
      l10n.t('{0} cannot be read ({1}). Check its permissions.', file.name, reason),
      { cause: error },
    );
  }
  return { name: file.name, size, sha256: hash.digest('hex') };
}

/** Line of a byte, from 1; read anew, because only an error wants to know. */
async function lineOfByte(file: string, byte: number): Promise<number> {
  if (byte === 0) return 1;
  let line = 1;
  for await (const chunk of createReadStream(file, { end: byte - 1 })) {
    for (const value of chunk as Buffer) if (value === 10) line++;
  }
  return line;
}

/** Gives each new code point the next number while reading, and renumbers by code point at the end. */
class Tokenizer {
  private readonly numbers = new Uint32Array(codePoints).fill(unseen);
  private readonly order: number[] = [];
  private tokens: TokenArray;
  private count = 0;

  /** `capacity`: at least the number of characters, e.g. the number of bytes. */
  constructor(capacity: number) {
    this.tokens = new Uint8Array(capacity);
  }

  take(points: Uint32Array, file: string): void {
    const { numbers } = this;
    if (this.count + points.length > this.tokens.length) {
      throw new NormscopeError(
        'environment',
        'data-changed',
        l10n.t('{0} grew while it was read. Try again when nothing writes to it.', file),
      );
    }
    for (const point of points) {
      if (numbers[point] === unseen) {
        numbers[point] = this.order.length;
        this.order.push(point);
      }
    }
    if (this.order.length > 256 && this.tokens instanceof Uint8Array) {
      this.tokens = this.widened(new Uint16Array(this.tokens.length));
    }
    if (this.order.length > 65536 && this.tokens instanceof Uint16Array) {
      this.tokens = this.widened(new Uint32Array(this.tokens.length));
    }
    const { tokens } = this;
    let at = this.count;
    for (const point of points) tokens[at++] = numbers[point]!;
    this.count = at;
  }

  finish(): { readonly tokens: TokenArray; readonly symbols: Uint32Array } {
    const symbols = Uint32Array.from(this.order).sort();
    const rank = new Map([...symbols].map((point, index) => [point, index]));
    const renumbered = Uint32Array.from(this.order, (point) => rank.get(point)!);
    const tokens = this.tokens.subarray(0, this.count);
    for (let i = 0; i < tokens.length; i++) tokens[i] = renumbered[tokens[i]!]!;
    return { tokens, symbols };
  }

  private widened<T extends TokenArray>(wide: T): T {
    wide.set(this.tokens.subarray(0, this.count));
    return wide;
  }
}
