import assert from 'node:assert/strict';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openFile } from '../../src/engine/data/samples/fileBytes.ts';
import { openRows } from '../../src/engine/data/samples/rows.ts';
import { inputRows, openData, writeFiles } from './sampleFiles.ts';
import { temporaryFolders } from './support.ts';

/** Picture i of a file: class (i + shift) modulo 10, red i, green 100 + i, blue 200 + i everywhere but for one pixel each. */
function batchFile(count: number, shift: number): Uint8Array {
  const bytes = new Uint8Array(count * 3073);
  for (let i = 0; i < count; i++) {
    const at = 3073 * i;
    bytes[at] = (i + shift) % 10;
    for (let plane = 0; plane < 3; plane++) {
      bytes.fill(100 * plane + i + shift, at + 1 + 1024 * plane, at + 1 + 1024 * (plane + 1));
      bytes[at + 1 + 1024 * plane + 33] = 7;
    }
  }
  return bytes;
}

describe('CIFAR-10 files', () => {
  const folder = temporaryFolders();

  it('are pictures of three planes with their classes, over all files of the folder', async () => {
    const place = folder();
    writeFiles(place, {
      'cifar/data_batch_1.bin': batchFile(5, 0),
      'cifar/data_batch_2.bin': batchFile(3, 5),
      'cifar/test_batch.bin': batchFile(2, 20),
      'cifar/batches.meta.txt': `${'abcdefghij'.split('').join('\n')}\n\n`,
    });
    const { source, batch } = await openData(place, '{ cifar10: cifar, mean: 0, std: 1 }');
    assert.deepEqual(source.facts, { sample: [3, 32, 32], classes: 10, samples: 8 });
    assert.deepEqual(source.classNames, 'abcdefghij'.split(''));
    const four = batch(4);
    const seen = new Set<number>();
    for (const index of [0, 1]) {
      source.fillTraining(index, four);
      inputRows(four).forEach((row, at) => {
        const i = Math.round(255 * row[0]!);
        seen.add(i);
        assert.equal(four.targets[at], i % 10);
        row.forEach((value, pixel) => {
          const plane = Math.floor(pixel / 1024);
          const byte = pixel % 1024 === 33 ? 7 : 100 * plane + i;
          assert.equal(value, Math.fround(byte / 255));
        });
      });
    }
    assert.deepEqual([...seen].sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
    source.fillValidation(0, four);
    assert.deepEqual([...four.targets], [0, 1, -100, -100]);
  });

  it('are normalized by channel', async () => {
    const place = folder();
    writeFiles(place, { 'a.bin': batchFile(8, 0) });
    const { source, batch } = await openData(place, '{ cifar10: a.bin, validation: 0 }');
    const eight = batch(8);
    source.fillTraining(0, { ...eight });
    for (let channel = 0; channel < 3; channel++) {
      const values = inputRows(eight).flatMap((row) =>
        row.slice(1024 * channel, 1024 * (channel + 1)),
      );
      const mean = values.reduce((a, b) => a + b) / values.length;
      const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
      assert.ok(Math.abs(mean) < 1e-5 && Math.abs(variance - 1) < 1e-4, `${mean} ${variance}`);
    }
  });

  it('refuse other sizes, other classes, and folders without them', async () => {
    const place = folder();
    const wrong = batchFile(3, 0);
    wrong[2 * 3073] = 10;
    writeFiles(place, {
      'short.bin': batchFile(3, 0).subarray(1),
      'wrong.bin': wrong,
      'x/y.txt': '',
    });
    await assert.rejects(openData(place, '{ cifar10: short.bin }'), {
      code: 'data-corrupt',
      message: /short\.bin: it has 9,218 bytes, not a multiple of the 3073/,
    });
    await assert.rejects(openData(place, '{ cifar10: wrong.bin }'), {
      code: 'data-label',
      message: /Picture 2 of wrong\.bin .* has the class 10/,
    });
    await assert.rejects(openData(place, '{ cifar10: x }'), {
      code: 'data-missing',
      message: /x has no data_batch_1\.bin/,
    });
  });

  it('too large for memory are read at offsets, and missed when they become shorter', async () => {
    const place = folder();
    const file = path.join(place, 'a.bin');
    const bytes = batchFile(4, 0);
    writeFileSync(file, bytes);
    const allowed = { name: 'a.bin', path: file, size: bytes.length };
    const opened = await openFile(allowed, 1000);
    assert.equal(opened.from, file);
    assert.deepEqual(opened.record, (await openFile(allowed)).record);
    const shape = { count: 4, offset: 1, stride: 3073, length: 3072 };
    const rows = openRows([{ name: 'a.bin', from: file, ...shape }]);
    for (const index of [3, 0, 2]) {
      const start = 1 + 3073 * index;
      assert.deepEqual(
        [...rows.read(index)],
        [...readFileSync(file).subarray(start, start + 3072)],
      );
    }
    truncateSync(file, 3073 * 3 + 100);
    rows.read(2);
    assert.throws(() => rows.read(3), { code: 'data-changed', message: /a\.bin became shorter/ });
    rows.close();
  });
});
