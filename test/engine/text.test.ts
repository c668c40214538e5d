import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { findDataFiles } from '../../src/engine/data/files.ts';
import { readText } from '../../src/engine/data/text.ts';
import { EncodingProblem, Utf8Decoder } from '../../src/engine/data/utf8.ts';
import { temporaryFolders } from './support.ts';

/** Decodes in chunks that end at the given places. */
function decodeInChunks(bytes: Uint8Array, cuts: readonly number[]): number[] {
  const decoder = new Utf8Decoder();
  const found: number[] = [];
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let from = 0;
  for (const end of ends) {
    const chunk = bytes.subarray(from, end);
    const points = new Uint32Array(chunk.length);
    found.push(...points.subarray(0, decoder.decode(chunk, points)));
    from = end;
  }
  decoder.end();
  return found;
}

describe('UTF-8 decoding', () => {
  const character = fc.oneof(
    fc.integer({ min: 1, max: 0x7f }),
    fc.integer({ min: 0x80, max: 0x7ff }),
    fc.integer({ min: 0x800, max: 0xd7ff }),
    fc.integer({ min: 0xe000, max: 0xfefe }),
    fc.integer({ min: 0x10000, max: 0x10ffff }),
  );

  it('gives the code points of any text, wherever it is cut', () => {
    fc.assert(
      fc.property(fc.array(character), fc.array(fc.nat()), (points, cuts) => {
        const bytes = Buffer.from(String.fromCodePoint(...points), 'utf8');
        assert.deepEqual(decodeInChunks(bytes, cuts), points);
      }),
      { numRuns: 500 },
    );
  });

  it('accepts and refuses exactly the bytes that the standard decoder does, at the same place', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ min: 1, maxLength: 12 }),
      fc
        .array(
          fc.constantFrom(
            0x41,
            0x80,
            0xbf,
            0xc1,
            0xc2,
            0xe0,
            0xa0,
            0xed,
            0x9f,
            0xf0,
            0x90,
            0xf4,
            0x8f,
            0xf5,
          ),
        )
        .map((list) => Uint8Array.from(list)),
    );
    fc.assert(
      fc.property(bytes, fc.array(fc.nat()), (input, cuts) => {
        const expected = standardDecoding(input);
        try {
          assert.deepEqual(decodeInChunks(input, cuts), expected.points);
        } catch (error) {
          if (!(error instanceof EncodingProblem)) throw error;
          assert.equal(error.byte, expected.badByte);
        }
      }),
      { numRuns: 5000 },
    );
  });

  /** By `TextDecoder`: the longest valid beginning tells where the first bad byte is. */
  function standardDecoding(bytes: Uint8Array): { points?: number[]; badByte?: number } {
    const decode = (part: Uint8Array): number[] | undefined => {
      try {
        const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(part);
        return Array.from(text, (c) => c.codePointAt(0)!);
      } catch {
        return undefined;
      }
    };
    const points = decode(bytes);
    if (points) return { points };
    let valid = bytes.length;
    while (decode(bytes.subarray(0, valid)) === undefined) valid--;
    return { badByte: valid };
  }

  it('drops a byte-order mark at the start only', () => {
    const bytes = Buffer.from('\ufeffa\ufeffb', 'utf8');
    assert.deepEqual(decodeInChunks(bytes, [1, 2]), [0x61, 0xfeff, 0x62]);
  });
});

describe('text files', () => {
  const folder = temporaryFolders();

  function write(files: Readonly<Record<string, string | Uint8Array>>): string {
    const place = folder();
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(place, name)), { recursive: true });
      writeFileSync(path.join(place, name), content);
    }
    return place;
  }

  function decodeTokens({ tokens, symbols }: Awaited<ReturnType<typeof readText>>): string {
    return Array.from(tokens, (token) => String.fromCodePoint(symbols[token]!)).join('');
  }

  it('become tokens sorted by code point, with size and hash of each file', async () => {
    const text = 'Ωmega, \u{1F40B} and whale\n'.repeat(100);
    const read = await readText('a.txt', write({ 'a.txt': text }), []);
    assert.equal(decodeTokens(read), text);
    assert.deepEqual(
      [...read.symbols],
      [...new Set(text)].map((c) => c.codePointAt(0)).sort((a, b) => a! - b!),
    );
    assert.ok(read.tokens instanceof Uint8Array);
    const sha256 = createHash('sha256').update(text).digest('hex');
    assert.deepEqual(read.files, [{ name: 'a.txt', size: Buffer.byteLength(text), sha256 }]);
  });

  it('are read across the chunks of a large file, in characters of three bytes', async () => {
    const text = `x${'鯨の歌声'.repeat(200_000)}`;
    assert.equal(decodeTokens(await readText('a.txt', write({ 'a.txt': text }), [])), text);
  });

  it('take wider tokens when there are more than 256 and more than 65536 symbols', async () => {
    const points = (count: number): string =>
      Array.from({ length: count }, (_, i) =>
        String.fromCodePoint(0x10000 + ((i * 7919) % count)),
      ).join('');
    const middle = await readText('a.txt', write({ 'a.txt': points(300) }), []);
    assert.ok(middle.tokens instanceof Uint16Array);
    assert.equal(decodeTokens(middle), points(300));
    const large = await readText('a.txt', write({ 'a.txt': points(70_000) }), []);
    assert.ok(large.tokens instanceof Uint32Array);
    assert.equal(decodeTokens(large), points(70_000));
  });

  it('of a glob are joined in the order of their names', async () => {
    const place = write({
      'books/b.txt': 'two ',
      'books/a.txt': 'one ',
      'books/c.md': 'no',
      'z.txt': 'three',
    });
    assert.equal(decodeTokens(await readText('**/*.txt', place, [])), 'one two three');
    assert.equal(decodeTokens(await readText('books/*.txt', place, [])), 'one two ');
  });

  const mistakes: readonly (readonly [
    string,
    Readonly<Record<string, string | Uint8Array>>,
    string,
    RegExp,
  ])[] = [
    ['missing file', {}, 'data-missing', /no file a\.txt\. Correct train\.data\.text/],
    ['empty file', { 'a.txt': '' }, 'data-empty', /a\.txt holds no text/],
    [
      'binary file',
      { 'a.txt': Buffer.from('line\nab\0cd') },
      'data-binary',
      /a\.txt, byte 7 \(line 2\) is zero/,
    ],
    [
      'Latin-1 file',
      { 'a.txt': Buffer.from('ab\ncd\ncaf\xe9 noir', 'latin1') },
      'data-encoding',
      /a\.txt, byte 9 \(line 3\) is not UTF-8.*iconv/,
    ],
    [
      'file cut inside of a character',
      { 'a.txt': Buffer.from('abé').subarray(0, 3) },
      'data-encoding',
      /byte 2 /,
    ],
    ['folder', { 'a.txt/inside': 'x' }, 'data-not-a-file', /a\.txt is not a regular file/],
  ];
  for (const [name, files, code, message] of mistakes) {
    it(`say what is wrong with a ${name}`, async () => {
      await assert.rejects(readText('a.txt', write(files), []), { code, kind: 'input', message });
    });
  }

  it('say that a glob matches nothing', async () => {
    await assert.rejects(readText('*.txt', write({ 'a.md': 'x' }), []), {
      code: 'data-missing',
      message: /No file matches \*\.txt/,
    });
  });

  it('stay inside of the allowed folders, also behind links and dots', async () => {
    const outside = write({ 'secret.txt': 'secret' });
    const place = write({ 'a.txt': 'fine' });
    symlinkSync(path.join(outside, 'secret.txt'), path.join(place, 'link.txt'));
    const absolute = path.join(outside, 'secret.txt');
    const dots = path.join('..', path.basename(outside), 'secret.txt');
    for (const file of ['link.txt', absolute, dots, '*.txt']) {
      await assert.rejects(readText(file, place, []), {
        code: 'data-outside',
        message: /Copy it beside the model/,
      });
    }
    assert.equal(decodeTokens(await readText('link.txt', place, [outside])), 'secret');
  });

  it('may have a gigabyte and no more', async () => {
    const place = write({ 'a.txt': 'x' });
    truncateSync(path.join(place, 'a.txt'), 2 ** 30 + 1);
    await assert.rejects(findDataFiles('a.txt', place, []), {
      code: 'data-too-large',
      message: /1074 MB/,
    });
    truncateSync(path.join(place, 'a.txt'), 2 ** 30);
    assert.equal((await findDataFiles('a.txt', place, [])).length, 1);
  });
});
