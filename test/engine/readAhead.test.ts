import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { encode as encodePng } from 'fast-png';
import { RandomStream } from '../../src/base/random.ts';
import { AheadReader } from '../../src/engine/data/samples/aheadReader.ts';
import { SampleFiller, type SampleArrays } from '../../src/engine/data/samples/filler.ts';
import type { SamplePlan } from '../../src/engine/data/samples/plan.ts';
import { toShared } from '../../src/engine/data/samples/rows.ts';
import { openData, writeFiles } from './sampleFiles.ts';
import { openTiny, temporaryFolders } from './support.ts';

const count = 50;

function planOf(changes: Partial<SamplePlan> = {}): SamplePlan {
  const random = new RandomStream(1, 'pixels');
  const bytes = toShared(Uint8Array.from({ length: count * 48 }, () => random.nextBelow(256)));
  return {
    rows: [{ name: 'memory', from: bytes, count, offset: 0, stride: 48, length: 48 }],
    elements: { type: 'uint8', littleEndian: true },
    scale: 1 / 255,
    shape: [3, 4, 4],
    targets: Int32Array.from({ length: count }, (_, i) => i % 7),
    training: Uint32Array.from({ length: 40 }, (_, i) => i),
    validation: Uint32Array.from({ length: 10 }, (_, i) => 40 + i),
    normalization: { mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.4] },
    flip: 0.5,
    crop: 2,
    seed: 3,
    batchesPerEpoch: 10,
    ignored: -100,
    ...changes,
  };
}

function emptyArrays(size: number): SampleArrays {
  return { size, input: new Float32Array(size * 48), targets: new Int32Array(size) };
}

/** Not what is said after a minute of waiting. */
const hasEnded = {
  code: 'data-stalled',
  message: /The thread that reads the data has ended/,
};

describe('batches filled ahead', () => {
  const folder = temporaryFolders();

  it('are those that are filled when they are asked for, in any order', async () => {
    const plan = planOf();
    const [filler, reader] = [new SampleFiller(plan), new AheadReader(plan, 8)];
    const places: readonly (readonly ['training' | 'validation', number, number])[] = [
      ...Array.from({ length: 30 }, (_, i) => ['training', i, 4] as const),
      // Back, ahead, the same again, and a validation between.
      ...[7, 8, 9, 200, 200, 201].map((i) => ['training', i, 4] as const),
      ...[0, 1].map((i) => ['validation', i, 8] as const),
      ...[202, 203].map((i) => ['training', i, 4] as const),
      ...[1, 0, 1].map((i) => ['validation', i, 8] as const),
      ['training', 204, 4],
    ];
    for (const [part, index, size] of places) {
      const [wanted, found] = [emptyArrays(size), emptyArrays(size)];
      const counted = filler.fill(part, index, wanted);
      assert.equal(reader.fill(part, index, found), counted);
      assert.deepEqual(found, wanted, `${part} ${index}`);
    }
    await reader.dispose();
  });

  it('are given up while they are being filled, and when nobody has asked yet', async () => {
    const [busy, idle] = [new AheadReader(planOf(), 4), new AheadReader(planOf(), 4)];
    busy.fill('training', 0, emptyArrays(4));
    await Promise.all([busy.dispose(), idle.dispose()]);
  });

  it('fail where they would have failed, with the same error', async () => {
    const place = folder();
    const picture = encodePng({
      width: 2,
      height: 2,
      channels: 1,
      data: Uint8Array.of(1, 2, 3, 4),
    });
    writeFiles(place, { 'a.png': picture, 'b.png': picture });
    const pictures = ['a.png', 'b.png'].map((name) => ({ name, path: path.join(place, name) }));
    const plan = planOf({
      rows: [{ pictures, count: 2, form: { channels: 1 }, length: 4 }],
      shape: [1, 2, 2],
      targets: Int32Array.of(0, 1),
      training: Uint32Array.of(0, 1),
      validation: Uint32Array.of(0, 1),
      normalization: { mean: [0], std: [1] },
      batchesPerEpoch: 2,
    });
    const reader = new AheadReader(plan, 1);
    const one = { size: 1, input: new Float32Array(4), targets: new Int32Array(1) };
    reader.fill('validation', 0, one);
    rmSync(path.join(place, 'b.png'));
    assert.throws(
      () => {
        for (let index = 0; index < 100; index++) reader.fill('training', index, one);
      },
      { code: 'data-unreadable', message: /b\.png cannot be read/ },
    );
    await reader.dispose();
  });

  it('fail at once when their thread ends before they are asked for', async () => {
    const reader = new AheadReader(planOf(), 4);
    reader.fill('training', 0, emptyArrays(4));
    const thread: unknown = Object.values(reader).find((part) => part instanceof Worker);
    assert.ok(thread instanceof Worker);
    await thread.terminate();
    assert.throws(() => reader.fill('validation', 0, emptyArrays(4)), hasEnded);
    await reader.dispose();
  });

  it('fail at once when their thread ends while a step waits for them', async () => {
    const place = folder();
    const deaths = {
      // As one without memory does: no code of its own runs any more.
      'exits.cjs': 'setTimeout(() => process.exit(1), 200);',
      'throws.cjs': "setTimeout(() => { throw new Error('broken'); }, 200);",
    };
    writeFiles(place, deaths);
    for (const name of Object.keys(deaths)) {
      const reader = new AheadReader(planOf(), 4, path.join(place, name));
      assert.throws(() => reader.fill('training', 0, emptyArrays(4)), hasEnded);
      await reader.dispose();
    }
  });

  it('train to the same parameters', async () => {
    const model = `layers: [Flatten, { Linear: classes }]
train:
  data: { images: pictures, validation: 0.2, flip: 0.5, crop: 1 }
  batch: 4
  epochs: 2
`;
    const files: Record<string, Uint8Array> = {};
    for (let i = 0; i < 30; i++) {
      const data = Uint8Array.from({ length: 9 }, (_, at) => (i * 31 + at * 17) % 256);
      const png = encodePng({ width: 3, height: 3, channels: 1, data });
      files[`pictures/${'abc'.charAt(i % 3)}/${i}.png`] = png;
    }
    const hashes: string[] = [];
    for (const ahead of [true, false]) {
      const place = folder();
      writeFiles(place, files);
      const { trainer } = await openTiny(place, model);
      const { source } = await openData(place, '{ images: pictures, validation: 0.2 }');
      assert.equal(source.facts.samples, 24);
      // Without a reader the same source fills batches when they are asked for.
      if (!ahead) Object.assign(trainer.options.data, { isAhead: false });
      for (let step = 0; step < 12; step++) await trainer.takeStep();
      await trainer.validate();
      hashes.push(trainer.parametersHash());
      await trainer.dispose();
    }
    assert.equal(hashes[0], hashes[1]);
  });
});
