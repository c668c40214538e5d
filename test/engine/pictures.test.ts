import assert from 'node:assert/strict';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { deflateSync } from 'node:zlib';
import { encode as encodePng } from 'fast-png';
import { encode as encodeJpeg } from 'jpeg-js';
import { decodePicture, readHeader } from '../../src/engine/data/samples/picture.ts';
import { readPictures } from '../../src/engine/data/samples/pictures.ts';
import { toPlanes } from '../../src/engine/data/samples/resample.ts';
import { openRows } from '../../src/engine/data/samples/rows.ts';
import { crc32 } from '../../src/engine/runs/crc32.ts';
import type { PicturesSettings } from '../../src/language/settings.ts';
import { inputRows, openData, settingsOf, writeFiles } from './sampleFiles.ts';
import { temporaryFolders } from './support.ts';

/** A PNG of one colour (or grey) with one other pixel at the end. */
function png(width: number, height: number, colour: readonly number[], last = colour): Uint8Array {
  const data = new Uint8Array(width * height * colour.length);
  for (let i = 0; i < width * height; i++) data.set(colour, i * colour.length);
  data.set(last, data.length - colour.length);
  return encodePng({ width, height, data, channels: colour.length });
}

function jpeg(width: number, height: number, value: number): Uint8Array {
  const data = new Uint8Array(4 * width * height).fill(value);
  return encodeJpeg({ width, height, data }, 95).data;
}

/** A PNG of 3 × 2 pixels whose data are 64 MB of zeros. */
function bomb(): Uint8Array {
  const small = png(3, 2, [1, 2, 3]);
  const chunk = (type: string, data: Uint8Array): Uint8Array => {
    const named = Buffer.concat([Buffer.from(type), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(named), 4);
    return Buffer.concat([frame.subarray(0, 4), named, frame.subarray(4)]);
  };
  const header = small.subarray(0, 33);
  const zeros = deflateSync(Buffer.alloc(64 * 2 ** 20));
  return Buffer.concat([header, chunk('IDAT', zeros), chunk('IEND', new Uint8Array())]);
}

const plain = 'mean: 0, std: 1, validation: 0';

describe('pictures in a folder for each class', () => {
  const folder = temporaryFolders();

  function twoClasses(): string {
    const place = folder();
    writeFiles(place, {
      'pets/cat/a.png': png(3, 2, [10, 20, 30], [1, 2, 3]),
      'pets/cat/b.png': png(3, 2, [40, 50, 60, 128]),
      'pets/cat/notes.txt': 'not a picture',
      'pets/dog/c.JPG': jpeg(3, 2, 200),
      'pets/dog/d.png': png(3, 2, [70, 80, 90]),
    });
    return place;
  }

  it('are planes of red, green and blue, with the class of their folder', async () => {
    const { source, batch } = await openData(twoClasses(), `{ images: pets, ${plain} }`);
    assert.deepEqual(source.facts, { sample: [3, 2, 3], classes: 2, samples: 4 });
    assert.deepEqual(source.classNames, ['cat', 'dog']);
    assert.deepEqual(
      source.files.map(({ name }) => name),
      ['pets/cat', 'pets/dog'],
    );
    const four = batch(4);
    source.fillTraining(0, four);
    const rows = inputRows(four).map((row) => row.map((value) => Math.round(255 * value)));
    const byFirst = new Map(rows.map((row, at) => [row[0], { row, target: four.targets[at] }]));
    const six = (value: number): number[] => new Array<number>(6).fill(value);
    const a = [...six(10), ...six(20), ...six(30)];
    [1, 2, 3].forEach((value, plane) => (a[6 * plane + 5] = value));
    assert.deepEqual(byFirst.get(10), { row: a, target: 0 });
    // Transparency is dropped.
    assert.deepEqual(byFirst.get(40)?.row, [...six(40), ...six(50), ...six(60)]);
    assert.equal(byFirst.get(70)?.target, 1);
    const photo = rows.find((row) => row[0]! > 190);
    // JPEG is lossy: two levels.
    assert.ok(
      photo?.every((value) => Math.abs(value - 200) <= 2),
      String(photo),
    );
  });

  it('too many for memory are decoded when they are needed, to the same batches', async () => {
    const place = twoClasses();
    const settings = settingsOf(`{ images: pets, ${plain} }`) as PicturesSettings;
    const where = { folder: place, roots: [] };
    const held = await readPictures(settings, where, { thorough: true });
    const read = await readPictures(settings, where, { thorough: true, held: 20 });
    assert.ok('from' in held.training.rows[0]! && 'pictures' in read.training.rows[0]!);
    const [inMemory, inFiles] = [openRows(held.training.rows), openRows(read.training.rows)];
    for (let i = 0; i < 4; i++) assert.deepEqual([...inFiles.read(i)], [...inMemory.read(i)]);
    writeFileSync(path.join(place, 'pets/cat/b.png'), png(4, 4, [1, 1, 1]));
    assert.throws(() => inFiles.read(1), { code: 'data-changed', message: /cat\/b\.png/ });
    assert.deepEqual(held.training.files, read.training.files);
  });

  it('have a validation part where the folder has one', async () => {
    const place = folder();
    writeFiles(place, {
      'p/train/a/1.png': png(2, 2, [1]),
      'p/train/b/2.png': png(2, 2, [2]),
      'p/train/b/3.png': png(2, 2, [3]),
      'p/val/a/5.png': png(2, 2, [5]),
      'p/val/b/4.png': png(2, 2, [4]),
    });
    const { source, batch } = await openData(place, '{ images: p, mean: 0, std: 1 }', { batch: 3 });
    assert.deepEqual(source.facts, { sample: [1, 2, 2], classes: 2, samples: 3 });
    const two = batch(2);
    assert.equal(source.fillValidation(0, two), 2);
    assert.deepEqual([...two.targets], [0, 1]);
    assert.deepEqual(
      inputRows(two).map((row) => Math.round(255 * row[0]!)),
      [5, 4],
    );
  });

  const broken: readonly (readonly [
    string,
    Record<string, Uint8Array | string>,
    string,
    RegExp,
  ])[] = [
    [
      'of two sizes',
      { 'b/z.png': png(4, 2, [0, 0, 0]) },
      'data-mismatch',
      /z\.png is 4 × 2, .*a\.png is 3 × 2.*size: 2/,
    ],
    [
      'grey among coloured',
      { 'b/z.png': png(3, 2, [9]) },
      'data-mismatch',
      /z\.png is grey, .*a\.png is in colour.*channels: 3/,
    ],
    [
      'with a byte flipped',
      { 'b/z.png': flipped(png(3, 2, [9, 9, 9])) },
      'data-corrupt',
      /b\/z\.png: it cannot be decoded .*skip leaves it out/,
    ],
    ['cut off', { 'b/z.png': png(3, 2, [9, 9, 9]).subarray(0, 50) }, 'data-corrupt', /b\/z\.png/],
    [
      'cut off in a photo',
      { 'b/z.jpg': jpeg(32, 32, 9).subarray(0, 300) },
      'data-corrupt',
      /b\/z\.jpg/,
    ],
    ['that are text', { 'b/z.png': 'hello' }, 'data-corrupt', /neither a PNG nor a JPEG/],
    ['that are empty', { 'b/z.png': '' }, 'data-corrupt', /b\/z\.png/],
    ['beyond any memory', { 'b/z.png': giant() }, 'data-corrupt', /100000 × 100000 pixels/],
    [
      'that unpack to far more than their size',
      { 'b/z.png': bomb() },
      'data-corrupt',
      /it unpacks to far more than its size needs/,
    ],
    ['none in a class', { 'c/readme.txt': '' }, 'data-empty', /p\/c has no PNG or JPEG/],
  ];
  for (const [what, files, code, message] of broken) {
    it(`are refused: ${what}`, async () => {
      const place = folder();
      writeFiles(place, { 'p/a/a.png': png(3, 2, [1, 2, 3]), 'p/b/b.png': png(3, 2, [4, 5, 6]) });
      writeFiles(path.join(place, 'p'), files);
      await assert.rejects(openData(place, '{ images: p }', { batch: 1 }), { code, message });
    });
  }

  it('that are broken are left out with a warning where that is asked for', async () => {
    const place = folder();
    const files: Record<string, Uint8Array> = {};
    for (let i = 0; i < 40; i++) files[`p/${i % 2 ? 'a' : 'b'}/${i}.png`] = png(2, 2, [i]);
    files['p/a/17.png'] = flipped(files['p/a/17.png']!);
    writeFiles(place, files);
    const settings = settingsOf('{ images: p, unreadable: skip }') as PicturesSettings;
    const { training, warnings } = await readPictures(
      settings,
      { folder: place, roots: [] },
      { thorough: true },
    );
    assert.equal(training.targets.length, 39);
    assert.equal(training.rows[0]?.count, 39);
    assert.equal(warnings?.length, 1);
    assert.match(warnings[0]!, /^p\/a\/17\.png is left out: /);
  });

  it('lie inside of the allowed folders, links too', async () => {
    const [place, elsewhere] = [twoClasses(), folder()];
    writeFiles(elsewhere, { 'x.png': png(3, 2, [1, 1, 1]) });
    symlinkSync(path.join(elsewhere, 'x.png'), path.join(place, 'pets/dog/x.png'));
    await assert.rejects(openData(place, '{ images: pets }'), {
      code: 'data-outside',
      message: /pets\/dog\/x\.png lies outside/,
    });
  });

  it('may be brought to one size and mode', async () => {
    const place = folder();
    writeFiles(place, { 'p/a/1.png': png(8, 4, [10]), 'p/b/2.png': png(6, 6, [0, 255, 0]) });
    const { source, batch } = await openData(
      place,
      `{ images: p, size: 4, channels: 3, ${plain} }`,
      {
        batch: 2,
      },
    );
    assert.deepEqual(source.facts.sample, [3, 4, 4]);
    const two = batch(2);
    source.fillTraining(0, two);
    const rows = inputRows(two).map((row) => [0, 16, 32].map((i) => Math.round(255 * row[i]!)));
    const expected = [...two.targets].map((target) => (target === 0 ? [10, 10, 10] : [0, 255, 0]));
    assert.deepEqual(rows, expected);
  });
});

/** A PNG with one bit of its pixels wrong. */
function flipped(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy[copy.length - 20]! ^= 1;
  return copy;
}

function giant(): Uint8Array {
  const bytes = png(3, 2, [1, 2, 3]);
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(16, 100_000);
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(20, 100_000);
  return bytes;
}

describe('decoding pictures', () => {
  it('gives grey of one bit and of sixteen as bytes', () => {
    const wide = encodePng({
      width: 2,
      height: 1,
      depth: 16,
      channels: 1,
      data: Uint16Array.of(0x1234, 0xffff),
    });
    assert.deepEqual([...decodePicture(wide).data], [0x12, 0xff]);
    assert.equal(readHeader(wide).channels, 1);
    // Pillow's `Image.new('1', (10, 2))` with the pixels (1, 0) and (9, 1) set.
    const bits = readFileSync(path.join(import.meta.dirname, '../fixtures/pictures/bits.png'));
    const { width, height, data } = decodePicture(bits);
    assert.deepEqual([width, height], [10, 2]);
    assert.deepEqual(
      [...data].flatMap((value, i) => (value === 0 ? [] : [[i, value]])),
      [
        [1, 255],
        [19, 255],
      ],
    );
  });

  it('follows Pillow: palettes, grey JPEG, progressive JPEG', () => {
    const place = path.join(import.meta.dirname, '../fixtures/pictures');
    const expected = JSON.parse(readFileSync(path.join(place, 'pixels.json'), 'utf8')) as Record<
      string,
      { width: number; height: number; channels: number; data: number[] }
    >;
    for (const [name, wanted] of Object.entries(expected)) {
      const { width, height, channels, data } = decodePicture(readFileSync(path.join(place, name)));
      assert.deepEqual([width, height, channels], [wanted.width, wanted.height, wanted.channels]);
      const worst = Math.max(...wanted.data.map((value, i) => Math.abs(value - data[i]!)));
      // PNG is exact. JPEG decoders round differently; colours of half the resolution are spread by the nearest, not smoothly.
      const tolerance = name.endsWith('.png') ? 0 : name === 'progressive.jpg' ? 12 : 4;
      assert.ok(worst <= tolerance, `${name}: ${worst}`);
    }
  });
});

describe('resampling', () => {
  it('keeps a picture of the asked size, and averages a larger one', () => {
    const data = Uint8Array.from({ length: 16 }, (_, i) => 10 * i);
    const picture = { width: 4, height: 4, channels: 1, data } as const;
    assert.deepEqual(toPlanes(picture, { channels: 1, size: 4 }), data);
    // Pillow: Image.fromarray(data).resize((2, 2), Image.BILINEAR).
    const found = [...toPlanes(picture, { channels: 1, size: 2 })];
    // Pillow rounds between its two passes.
    [36, 52, 98, 114].forEach((value, i) =>
      assert.ok(Math.abs(found[i]! - value) <= 1, String(found)),
    );
  });

  it('cuts out the middle of a wide picture', () => {
    const data = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const wide = { width: 4, height: 2, channels: 1, data } as const;
    assert.deepEqual([...toPlanes(wide, { channels: 1, size: 2 })], [2, 3, 6, 7]);
  });

  it('weighs colours as Pillow does for grey', () => {
    const data = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255);
    const picture = { width: 3, height: 1, channels: 3, data } as const;
    assert.deepEqual([...toPlanes(picture, { channels: 1 })], [76, 150, 29]);
  });
});
