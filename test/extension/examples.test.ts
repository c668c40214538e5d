import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeExampleData } from '../../scripts/exampleWorkspace.ts';
import { listExamples } from '../../src/extension/examples.ts';

const folder = path.resolve(import.meta.dirname, '../../examples');

describe('the list of examples', () => {
  before(writeExampleData);

  const list = () =>
    listExamples(
      readdirSync(folder).filter((name) => !name.startsWith('.')),
      (file) => readFile(path.join(folder, file), 'utf8'),
    );

  it('begins with the one to begin with, and has a line for each', async () => {
    const examples = await list();
    assert.equal(
      examples.length,
      readdirSync(folder).filter((name) => name.endsWith('.yaml')).length,
    );
    assert.deepEqual(examples[0], {
      file: 'char-gpt.model.yaml',
      summary: 'A small GPT that learns to write like Moby Dick, one character at a time',
      data: ['moby-dick.txt'],
    });
    for (const { file, summary } of examples) {
      assert.ok(summary.length > 20 && summary.length < 240, `${file}: ${summary}`);
    }
  });

  it('knows which data an example reads', async () => {
    const data = Object.fromEntries((await list()).map((example) => [example.file, example.data]));
    assert.deepEqual(data['post-norm-encoder.model.yaml'], ['moby-dick.txt']);
    assert.deepEqual(data['resnet-mnist.model.yaml'], ['mnist']);
    assert.deepEqual(data['sort.model.yaml'], []);
  });

  it('takes a sentence for one, abbreviations and all', async () => {
    const texts: Readonly<Record<string, string>> = {
      'a.model.yaml': '# By He et al. 2015, over\r\n# two lines. And more.\r\nmodel: a\r\n',
      'b.model.yaml': 'model: b\n',
    };
    const examples = await listExamples(Object.keys(texts), (file) =>
      Promise.resolve(texts[file]!),
    );
    assert.deepEqual(
      examples.map(({ summary }) => summary),
      ['By He et al. 2015, over two lines', ''],
    );
  });
});
