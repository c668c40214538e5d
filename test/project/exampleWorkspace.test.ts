import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { prepareExampleWorkspace } from '../../scripts/exampleWorkspace.ts';
import { openData } from '../engine/sampleFiles.ts';

describe('example workspace', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'normscope-example-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('holds the whole book as plain text', () => {
    prepareExampleWorkspace(folder);
    const text = readFileSync(path.join(folder, 'moby-dick.txt'), 'utf8');
    assert.ok(text.includes('CHAPTER 1. Loomings.\n\nCall me Ishmael.'));
    assert.ok(text.endsWith('only found another orphan.\n'));
    assert.equal(text.match(/^CHAPTER \d+\. /gm)?.length, 135);
    assert.ok(!text.includes('\r'));
  });

  it('holds handwritten digits, those of the package among the official ones', async () => {
    prepareExampleWorkspace(folder);
    const place = path.join(folder, 'mnist');
    const { source } = await openData(folder, '{ idx: mnist }');
    assert.deepEqual(source.facts, { sample: [1, 28, 28], classes: 10, samples: 60_000 });
    assert.equal(source.validationBatches(100), 100);
    const images = readFileSync(path.join(place, 'train-images-idx3-ubyte'));
    const official = new Map<string, number>();
    const labels = readFileSync(path.join(place, 'train-labels-idx1-ubyte'));
    for (let i = 0; i < 60_000; i++) {
      official.set(images.toString('latin1', 16 + 784 * i, 16 + 784 * (i + 1)), labels[8 + i]!);
    }
    const own = gunzipSync(readFileSync(path.join(place, 'train-images-idx3-ubyte.gz')));
    const ownLabels = gunzipSync(readFileSync(path.join(place, 'train-labels-idx1-ubyte.gz')));
    assert.equal(ownLabels.length - 8, 10_000);
    let known = 0;
    for (let i = 0; i < 10_000; i++) {
      const label = official.get(own.toString('latin1', 16 + 784 * i, 16 + 784 * (i + 1)));
      if (label === ownLabels[8 + i]) known++;
    }
    assert.equal(known, 10_000);
  });

  it('keeps what its user has changed', () => {
    const file = path.join(folder, 'moby-dick.txt');
    writeFileSync(file, 'another book');
    prepareExampleWorkspace(folder);
    assert.equal(readFileSync(file, 'utf8'), 'another book');
  });
});
