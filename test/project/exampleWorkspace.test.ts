import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { prepareExampleWorkspace } from '../../scripts/exampleWorkspace.ts';

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

  it('keeps what its user has changed', () => {
    const file = path.join(folder, 'moby-dick.txt');
    writeFileSync(file, 'another book');
    prepareExampleWorkspace(folder);
    assert.equal(readFileSync(file, 'utf8'), 'another book');
  });
});
