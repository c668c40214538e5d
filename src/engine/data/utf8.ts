import * as l10n from '@vscode/l10n';
import { NormscopeError } from '../../base/errors.ts';

/** Where and why bytes are not the UTF-8 text that they should be. */
export class EncodingProblem extends Error {
  /** Position of the first wrong byte, from 0. */
  readonly byte: number;
  readonly kind: 'invalid' | 'zero';

  constructor(kind: 'invalid' | 'zero', byte: number) {
    super(`${kind} byte at ${byte}`);
    this.kind = kind;
    this.byte = byte;
  }
}

/**
 * Decodes UTF-8 (RFC 3629: shortest forms, no surrogates, at most U+10FFFF) chunk by chunk into code points; a character may lie
 * across chunks. A zero byte is refused: text has none, and most binary files do. A byte-order mark at the start is dropped.
 */
export class Utf8Decoder {
  /** Bytes taken so far. */
  private position = 0;
  private sequenceStart = 0;
  private point = 0;
  /** Continuation bytes that are still to come. */
  private missing = 0;
  /** Allowed range of the next continuation byte: narrower after E0, ED, F0 and F4. */
  private low = 0x80;
  private high = 0xbf;

  /**
   * Writes the code points of `chunk` to `into`, which must have as many elements as the chunk has bytes, and returns how many
   * they are. Throws `EncodingProblem`.
   */
  decode(chunk: Uint8Array, into: Uint32Array): number {
    let count = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (this.missing === 0) {
        if (byte < 0x80) {
          if (byte === 0) throw new EncodingProblem('zero', this.position + i);
          into[count++] = byte;
        } else {
          this.begin(byte, this.position + i);
        }
      } else {
        if (byte < this.low || byte > this.high) {
          throw new EncodingProblem('invalid', this.sequenceStart);
        }
        this.low = 0x80;
        this.high = 0xbf;
        this.point = (this.point << 6) | (byte & 0x3f);
        if (--this.missing === 0 && !(this.point === 0xfeff && this.sequenceStart === 0)) {
          into[count++] = this.point;
        }
      }
    }
    this.position += chunk.length;
    return count;
  }

  /** Throws `EncodingProblem` when the bytes end within a character. */
  end(): void {
    if (this.missing > 0) throw new EncodingProblem('invalid', this.sequenceStart);
  }

  private begin(byte: number, at: number): void {
    if (byte < 0xc2 || byte > 0xf4) throw new EncodingProblem('invalid', at);
    this.sequenceStart = at;
    this.missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    this.point = byte & (0x3f >> this.missing);
    if (byte === 0xe0) this.low = 0xa0;
    if (byte === 0xed) this.high = 0x9f;
    if (byte === 0xf0) this.low = 0x90;
    if (byte === 0xf4) this.high = 0x8f;
  }
}

/** What to tell a person about bytes that are not text. */
export function describeEncodingProblem(
  problem: EncodingProblem,
  file: string,
  line: number,
): NormscopeError {
  return problem.kind === 'zero'
    ? new NormscopeError(
        'input',
        'data-binary',
        l10n.t(
          '{0}, byte {1} (line {2}) is zero: the file seems to be binary or UTF-16. Give a text file in UTF-8, or convert it with iconv -t UTF-8.',
          file,
          problem.byte,
          line,
        ),
      )
    : new NormscopeError(
        'input',
        'data-encoding',
        l10n.t(
          '{0}, byte {1} (line {2}) is not UTF-8. Convert the file, e.g. with iconv -f ISO-8859-1 -t UTF-8.',
          file,
          problem.byte,
          line,
        ),
      );
}
