import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { temporaryFolders } from './support.ts';
import { idx, inputRows, openData, writeFiles } from './sampleFiles.ts';

/** Ten pictures of 2 × 3 pixels: picture i has the pixels 10·i to 10·i + 5, and the class i modulo 3. */
const images = idx(
  [10, 2, 3],
  Array.from({ length: 60 }, (_, at) => 10 * Math.floor(at / 6) + (at % 6)),
);
const labels = idx(
  [10],
  Array.from({ length: 10 }, (_, i) => i % 3),
);
/** Leaves pixels as they are, but for the 255. */
const plain = 'mean: 0, std: 1, validation: 0';

/** Number of the picture that a row shows. */
function pictureOf(row: readonly number[]): number {
  return Math.round((255 * row[0]!) / 10);
}

describe('IDX files', () => {
  const folder = temporaryFolders();

  it('give pictures with their classes, each once in an epoch, in another order in the next', async () => {
    const place = folder();
    writeFiles(place, { 'a-images-idx3-ubyte': images, 'a-labels-idx1-ubyte': labels });
    const { source, batch } = await openData(place, `{ idx: a-images-idx3-ubyte, ${plain} }`);
    assert.deepEqual(source.facts, { sample: [1, 2, 3], classes: 3, samples: 10 });
    assert.equal(source.files.length, 2);
    const four = batch(4);
    assert.deepEqual(four.tensors[0]?.shape, [4, 1, 2, 3]);
    const orders: number[][] = [];
    for (let epoch = 0; epoch < 3; epoch++) {
      const order: number[] = [];
      for (let index = 0; index < 2; index++) {
        source.fillTraining(2 * epoch + index, four);
        inputRows(four).forEach((row, at) => {
          const picture = pictureOf(row);
          order.push(picture);
          row.forEach((value, i) => assert.equal(value, Math.fround((10 * picture + i) / 255)));
          assert.equal(four.targets[at], picture % 3);
        });
      }
      assert.equal(new Set(order).size, 8, 'eight different ones of ten');
      orders.push(order);
    }
    assert.notDeepEqual(orders[0], orders[1]);
    source.fillTraining(1, four);
    assert.deepEqual(inputRows(four).map(pictureOf), orders[0]?.slice(4), 'any batch again');
  });

  it('of a folder are found by their names, packed or not, with their own validation part', async () => {
    const place = folder();
    writeFiles(place, {
      'mnist/train-images-idx3-ubyte.gz': gzipSync(images),
      'mnist/train-labels.idx1-ubyte': labels,
      'mnist/t10k-images-idx3-ubyte': idx([3, 2, 3], new Uint8Array(18).fill(51)),
      'mnist/t10k-labels-idx1-ubyte': idx([3], [2, 1, 3]),
    });
    const { source, batch } = await openData(place, '{ idx: mnist, mean: 0, std: 1 }');
    assert.deepEqual(source.facts, { sample: [1, 2, 3], classes: 4, samples: 10 });
    assert.equal(source.validationBatches(2), 2);
    const two = batch(2);
    assert.equal(source.fillValidation(0, two), 2);
    assert.deepEqual([...two.targets], [2, 1]);
    assert.equal(source.fillValidation(1, two), 1);
    assert.deepEqual([...two.targets], [3, -100]);
    assert.deepEqual(inputRows(two)[0], new Array(6).fill(Math.fround(0.2)));
    assert.deepEqual(inputRows(two)[1], [0, 0, 0, 0, 0, 0]);
  });

  it('are normalized by the training part, which the validation part is no part of', async () => {
    const place = folder();
    writeFiles(place, { 'images-idx3-ubyte': images, 'labels-idx1-ubyte': labels });
    const { source, batch } = await openData(place, '{ idx: images-idx3-ubyte, validation: 0.2 }');
    assert.equal(source.facts.samples, 8);
    const four = batch(4);
    const values: number[] = [];
    for (let index = 0; index < 2; index++) {
      source.fillTraining(index, four);
      values.push(...four.input);
    }
    const mean = values.reduce((a, b) => a + b) / values.length;
    const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
    // Float32 rounding of 48 values.
    assert.ok(Math.abs(mean) < 1e-6 && Math.abs(variance - 1) < 1e-5, `${mean} ${variance}`);
  });

  it('may be fewer, with the same ones to validate with', async () => {
    const place = folder();
    writeFiles(place, { 'images-idx3-ubyte': images, 'labels-idx1-ubyte': labels });
    const opened = async (more: string) => {
      const data = `{ idx: images-idx3-ubyte, mean: 0, std: 1, validation: 0.2${more} }`;
      const { source, batch } = await openData(place, data);
      const [training, validation] = [batch(4), batch(2)];
      source.fillTraining(0, training);
      source.fillValidation(0, validation);
      return { source, training, held: inputRows(validation).map(pictureOf) };
    };
    const all = await opened('');
    const few = await opened(', samples: 4');
    assert.equal(few.source.facts.samples, 4);
    assert.deepEqual(few.held, all.held);
    const shown = new Set([...inputRows(few.training).map(pictureOf), ...few.held]);
    assert.equal(shown.size, 6, 'four to train on, and two others');
    assert.equal((await opened(', samples: 99')).source.facts.samples, 8);
  });

  it('are brought to a size and to three equal channels, the same way each time', async () => {
    const place = folder();
    const square = idx([2, 2, 2], [0, 100, 200, 40, 7, 7, 7, 7]);
    writeFiles(place, { 'images-idx3-ubyte': square, 'labels-idx1-ubyte': idx([2], [0, 1]) });
    const data = `{ idx: images-idx3-ubyte, size: 4, channels: 3, ${plain} }`;
    const { source, batch } = await openData(place, data, { batch: 2 });
    assert.deepEqual(source.facts, { sample: [3, 4, 4], classes: 2, samples: 2 });
    const two = batch(2);
    const steady = batch(2);
    source.fillTraining(0, steady);
    // A thread makes such pictures ahead.
    source.readAhead?.();
    source.fillTraining(0, two);
    assert.deepEqual(two, steady);
    await source.dispose?.();
    const rows = inputRows(two);
    const row = rows[two.targets.indexOf(0)]!.map((value) => Math.round(255 * value));
    // Pillow: Image.fromarray([[0, 100], [200, 40]]).resize((4, 4), Image.BILINEAR), which rounds between its two passes.
    const wanted = [0, 25, 75, 100, 50, 59, 76, 85, 150, 126, 79, 55, 200, 160, 80, 40];
    for (let i = 0; i < 48; i++) {
      assert.ok(Math.abs(row[i]! - wanted[i % 16]!) <= 1, `${i}: ${row[i]}`);
    }
    assert.deepEqual(new Set(rows[two.targets.indexOf(1)]).size, 1, 'an even one stays even');
  });

  it('of colours or of other numbers than bytes keep their form', async () => {
    const place = folder();
    writeFiles(place, {
      'x-images-idx3-ubyte': idx([4, 2, 2], new Float32Array(16), 13),
      y: idx([4], [0, 1, 0, 1]),
    });
    await assert.rejects(openData(place, '{ idx: x-images-idx3-ubyte, labels: y, size: 4 }'), {
      code: 'data-mismatch',
      message:
        /size and channels are for grey pictures of bytes, .* holds samples \[2, 2\] of float32/,
    });
  });

  it('are mirrored and cut out at random, the same way for the same batch number', async () => {
    const place = folder();
    writeFiles(place, { 'images-idx3-ubyte': images, 'labels-idx1-ubyte': labels });
    const data = `{ idx: images-idx3-ubyte, mean: 0.5, std: 2, validation: 0, flip: 0.5, crop: 1 }`;
    const { source, batch } = await openData(place, data);
    const black = Math.fround(-0.25);
    const pixel = (picture: number, y: number, x: number): number => {
      const isInside = y >= 0 && y < 2 && x >= 0 && x < 3;
      return isInside ? Math.fround(((10 * picture + 3 * y + x) / 255 - 0.5) / 2) : black;
    };
    const variants = (picture: number): string[] =>
      [-1, 0, 1].flatMap((down) =>
        [-1, 0, 1].flatMap((right) =>
          [0, 1].map((mirrored) =>
            Array.from({ length: 6 }, (_, i) => {
              const [y, x] = [Math.floor(i / 3), i % 3];
              return pixel(picture, y + down, (mirrored ? 2 - x : x) + right).toFixed(6);
            }).join(' '),
          ),
        ),
      );
    const all = Array.from({ length: 10 }, (_, picture) => variants(picture));
    const seen = new Set<string>();
    const four = batch(4);
    for (let index = 0; index < 200; index++) {
      source.fillTraining(index, four);
      inputRows(four).forEach((row, at) => {
        const shown = row.map((value) => value.toFixed(6)).join(' ');
        const picture = all.findIndex((list) => list.includes(shown));
        assert.ok(picture >= 0, shown);
        assert.equal(four.targets[at], picture % 3);
        seen.add(shown);
      });
    }
    // 18 ways for each of 10 pictures, some of them alike: most are seen in 800 draws.
    assert.ok(seen.size > 100, String(seen.size));
    const [first, again] = [batch(4), batch(4)];
    source.fillTraining(17, first);
    (await openData(place, data)).source.fillTraining(17, again);
    assert.deepEqual(first, again);
    const { source: still } = await openData(place, data.replace(/, flip.*/, ' }'));
    still.fillValidation(0, first);
    still.fillTraining(0, first);
    const unchanged = inputRows(first).map((row) => row.map((value) => value.toFixed(6)).join(' '));
    for (const shown of unchanged)
      assert.ok(
        all.some((list) => list[8] === shown),
        shown,
      );
  });

  it('of numbers larger than a byte are read as they are', async () => {
    const place = folder();
    const values = Array.from({ length: 8 }, (_, i) => i / 4 - 1);
    writeFiles(place, {
      'x-images-idx2-ubyte': idx([4, 2], values, 13),
      y: idx([4], [0, 1, 0, 1]),
    });
    const { source, batch } = await openData(
      place,
      `{ idx: x-images-idx2-ubyte, labels: y, ${plain} }`,
    );
    const four = batch(4);
    source.fillTraining(0, four);
    assert.deepEqual(
      [...four.input].sort((a, b) => a - b),
      values,
    );
    assert.deepEqual(source.facts.sample, [2]);
  });

  const broken: readonly (readonly [string, Record<string, Uint8Array>, string, RegExp])[] = [
    ['missing labels', { 'images-idx3-ubyte': images }, 'data-missing', /no labels-idx1-ubyte/],
    [
      'a header that promises more than there is',
      { 'images-idx3-ubyte': images.subarray(0, 40), 'labels-idx1-ubyte': labels },
      'data-corrupt',
      /images-idx3-ubyte: its header promises \[10, 2, 3\], which is 60 bytes, and what follows is 24 bytes/,
    ],
    [
      'a header that promises less than there is',
      { 'images-idx3-ubyte': idx([9, 2, 3], new Uint8Array(60)), 'labels-idx1-ubyte': labels },
      'data-corrupt',
      /which is 54 bytes, and what follows is 60 bytes/,
    ],
    [
      'sizes whose product is beyond all files',
      {
        'images-idx3-ubyte': idx([4294967295, 4294967295, 4294967295], []),
        'labels-idx1-ubyte': labels,
      },
      'data-corrupt',
      /and what follows is 0 bytes/,
    ],
    [
      'a file of another kind',
      { 'images-idx3-ubyte': new TextEncoder().encode('hello there'), 'labels-idx1-ubyte': labels },
      'data-corrupt',
      /does not begin like an IDX file/,
    ],
    [
      'an empty file',
      { 'images-idx3-ubyte': new Uint8Array(), 'labels-idx1-ubyte': labels },
      'data-corrupt',
      /it has 0 bytes and no header/,
    ],
    [
      'fewer labels than pictures',
      { 'images-idx3-ubyte': images, 'labels-idx1-ubyte': idx([9], new Uint8Array(9)) },
      'data-mismatch',
      /has 10 samples, labels-idx1-ubyte has 9 labels/,
    ],
    [
      'pictures in place of labels',
      { 'images-idx3-ubyte': images, 'labels-idx1-ubyte': images },
      'data-corrupt',
      /labels are a list/,
    ],
    [
      'labels that are no classes',
      {
        'images-idx3-ubyte': images,
        'labels-idx1-ubyte': idx([10], [0, 1, 2, 0.5, 0, 0, 0, 0, 0, 0], 13),
      },
      'data-label',
      /Label 3 of labels-idx1-ubyte .* is 0\.5; classes are whole numbers/,
    ],
  ];
  for (const [what, files, code, message] of broken) {
    it(`refuse ${what}`, async () => {
      const place = folder();
      writeFiles(place, files);
      await assert.rejects(openData(place, '{ idx: images-idx3-ubyte }'), { code, message });
    });
  }

  it('refuse a packed file that is cut off, and a folder without them', async () => {
    const place = folder();
    writeFiles(place, {
      'images-idx3-ubyte.gz': gzipSync(images).subarray(0, 40),
      'labels-idx1-ubyte.gz': gzipSync(labels),
      'empty/readme.txt': '',
    });
    await assert.rejects(openData(place, '{ idx: images-idx3-ubyte.gz }'), {
      code: 'data-corrupt',
      message: /images-idx3-ubyte\.gz: it cannot be unpacked/,
    });
    await assert.rejects(openData(place, '{ idx: empty }'), {
      code: 'data-missing',
      message: /empty has no train-images-idx3-ubyte/,
    });
  });

  it('are not read from outside of the allowed folders, a link included', async () => {
    const [place, elsewhere] = [folder(), folder()];
    writeFiles(elsewhere, { 'images-idx3-ubyte': images, 'labels-idx1-ubyte': labels });
    symlinkSync(path.join(elsewhere, 'images-idx3-ubyte'), path.join(place, 'images-idx3-ubyte'));
    for (const name of [path.join(elsewhere, 'images-idx3-ubyte'), 'images-idx3-ubyte']) {
      await assert.rejects(openData(place, `{ idx: ${name} }`), { code: 'data-outside' });
    }
  });

  it('need a batch of samples, and as many means as channels', async () => {
    const place = folder();
    writeFiles(place, { 'images-idx3-ubyte': images, 'labels-idx1-ubyte': labels });
    const data = '{ idx: images-idx3-ubyte, validation: 0.5 }';
    await assert.rejects(openData(place, data, { batch: 3, accumulate: 2 }), {
      code: 'data-too-short',
      message: /has 5 samples to train on, and one step takes 6/,
    });
    await assert.rejects(openData(place, '{ idx: images-idx3-ubyte, mean: [1, 2] }'), {
      code: 'bad-normalization',
      message: /mean has 2 numbers, and images-idx3-ubyte has 1 channel\./,
    });
  });
});
