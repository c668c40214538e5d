import assert from 'node:assert/strict';
import { copyFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { unpackArrays } from '../../src/engine/data/samples/npz.ts';
import { inputRows, openData, writeFiles } from './sampleFiles.ts';
import { temporaryFolders } from './support.ts';

const fixtures = path.join(import.meta.dirname, '../fixtures/arrays');
const plain = 'mean: 0, std: 1';

/** An .npy file, version 1. */
function npy(descr: string, shape: readonly number[], data: ArrayBufferView): Uint8Array {
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }\n`;
  const head = Buffer.alloc(10 + text.length);
  head.write('\x93NUMPY\x01\x00', 'latin1');
  head.writeUInt16LE(text.length, 8);
  head.write(text, 10, 'latin1');
  return Buffer.concat([head, Buffer.from(data.buffer, data.byteOffset, data.byteLength)]);
}

describe("numpy's files", () => {
  const folder = temporaryFolders();

  it('packed by numpy give the samples and classes of both parts', async () => {
    const { source, batch } = await openData(fixtures, `{ npy: packed.npz, ${plain} }`, {
      batch: 3,
    });
    assert.deepEqual(source.facts, { sample: [2], classes: 3, samples: 6 });
    const three = batch(3);
    const seen: number[] = [];
    for (const index of [0, 1]) {
      source.fillTraining(index, three);
      inputRows(three).forEach(([first, half], at) => {
        seen.push(first!);
        assert.equal(half, first! / 2);
        assert.equal(three.targets[at], first! % 3);
      });
    }
    assert.deepEqual(seen.sort(), [0, 1, 2, 3, 4, 5]);
    source.fillValidation(0, three);
    assert.deepEqual(inputRows(three), [
      [10, 5],
      [11, 5.5],
      [12, 6],
    ]);
    const stored = await openData(fixtures, `{ npy: stored.npz, validation: 0, ${plain} }`);
    assert.deepEqual(stored.source.facts, { sample: [2], classes: 3, samples: 6 });
  });

  it('of pictures are scaled and have channels; numbers can be predicted', async () => {
    const place = folder();
    writeFiles(place, {
      'x.npy': npy('|u1', [2, 2, 2], Uint8Array.of(0, 51, 102, 153, 204, 255, 0, 0)),
      'y.npy': npy('<f4', [2, 3], Float32Array.of(0.5, -1, 2, 3, 4, 1e-3)),
    });
    const data = `{ npy: x.npy, task: regression, validation: 0, ${plain} }`;
    const { source, batch } = await openData(place, data, { batch: 2 });
    assert.deepEqual(source.facts, { sample: [1, 2, 2], numbers: 3, samples: 2 });
    const two = batch(2);
    source.fillTraining(0, two);
    const row = inputRows(two).findIndex(([first]) => first === 0);
    assert.deepEqual(inputRows(two)[row], [0, 0.2, 0.4, 0.6].map(Math.fround));
    assert.deepEqual([...two.targets.subarray(3 * row, 3 * row + 3)], [0.5, -1, 2]);
  });

  const broken: readonly (readonly [string, Record<string, Uint8Array>, string, RegExp])[] = [
    [
      'shorter than promised',
      { 'x.npy': npy('<f4', [9, 2], new Float32Array(4)) },
      'data-corrupt',
      /promises \[9, 2\] of float32, which is 72 bytes, and what follows is 16 bytes/,
    ],
    [
      'of objects',
      { 'x.npy': npy('|O', [2], new Float32Array(4)) },
      'data-corrupt',
      /arrays of numbers can be read/,
    ],
    [
      'of another kind',
      { 'x.npy': new TextEncoder().encode('hello, this is text') },
      'data-corrupt',
      /does not begin like an \.npy file/,
    ],
    [
      'cut off in the header',
      { 'x.npy': npy('<f4', [2, 2], new Float32Array(4)).subarray(0, 40) },
      'data-corrupt',
      /header is cut off/,
    ],
    [
      'that do not belong together',
      { 'x.npy': npy('<f4', [3, 2], new Float32Array(6)) },
      'data-mismatch',
      /x\.npy is \[3, 2\] and y\.npy is \[2\]/,
    ],
    [
      'with the channels last',
      { 'x.npy': npy('|u1', [2, 8, 8, 3], new Uint8Array(384)) },
      'data-mismatch',
      /transpose\(0, 3, 1, 2\)/,
    ],
    [
      'whose targets are no classes',
      { 'y.npy': npy('<f4', [2], Float32Array.of(1, 0.5)) },
      'data-label',
      /Target 1 of y\.npy .* is 0\.5.*task: regression/,
    ],
  ];
  for (const [what, files, code, message] of broken) {
    it(`are refused: ${what}`, async () => {
      const place = folder();
      writeFiles(place, {
        'x.npy': npy('<f4', [2, 2], new Float32Array(4)),
        'y.npy': npy('|u1', [2], Uint8Array.of(0, 1)),
        ...files,
      });
      await assert.rejects(openData(place, '{ npy: x.npy }', { batch: 1 }), { code, message });
    });
  }

  it('are refused in Fortran order, torn, and when they unpack to too much', async () => {
    const place = folder();
    copyFileSync(path.join(fixtures, 'columns.npy'), path.join(place, 'x.npy'));
    writeFiles(place, {
      'y.npy': npy('|u1', [6], new Uint8Array(6)),
      'torn.npz': readFileSync(path.join(fixtures, 'packed.npz')).subarray(0, 200),
    });
    await assert.rejects(openData(place, '{ npy: x.npy }'), {
      code: 'data-corrupt',
      message: /ascontiguousarray/,
    });
    await assert.rejects(openData(place, '{ npy: torn.npz }'), { code: 'data-corrupt' });
    const bomb = readFileSync(path.join(fixtures, 'bomb.npz'));
    assert.ok(bomb.length < 100_000);
    const record = { name: 'bomb.npz', size: bomb.length, sha256: '' };
    assert.throws(() => unpackArrays(bomb, 'bomb.npz', record, 2 ** 24), {
      code: 'data-too-large',
      message: /bomb\.npz unpack to more than 16 MB/,
    });
  });
});
