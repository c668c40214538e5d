import assert from 'node:assert/strict';
import path from 'node:path';
import { decode, encode } from 'fast-png';
import { FileChecker } from '../../src/engine/checkFile.ts';
import { temporaryFolders } from './support.ts';
import { idx, writeFiles } from './sampleFiles.ts';

const layers = 'layers: [{ Linear: classes }]\n';

/** What is shown of this data in a folder. */
function previewOf(folder: string, data: string): Promise<string | undefined> {
  const text = `${layers}train: { data: ${data} }\n`;
  return new FileChecker().preview({ text, path: path.join(folder, 'a.model.yaml'), roots: [] });
}

/** The pictures of a preview, and what stands below them. */
function picturesOf(text: string | undefined) {
  const lines = (text ?? '').split('\n');
  const found = [...(text ?? '').matchAll(/!\[([^\]]*)\]\(data:image\/png;base64,([\w+/=]+)\)/g)];
  return {
    alternatives: found.map(([, alternative]) => alternative),
    pictures: found.map(([, , png]) => decode(Buffer.from(png!, 'base64'))),
    labels: lines.at(-1).slice(2, -2).split(' | '),
  };
}

describe('a preview of data', () => {
  const folder = temporaryFolders();

  it('shows the first picture of each class, enlarged, with its class', async () => {
    const place = folder();
    const pixels = Array.from({ length: 40 * 6 }, (_, at) => Math.floor(at / 6));
    writeFiles(place, {
      'images-idx3-ubyte': idx([40, 2, 3], pixels),
      'labels-idx1-ubyte': idx(
        [40],
        Array.from({ length: 40 }, (_, i) => Math.floor(i / 5)),
      ),
    });
    const text = await previewOf(place, '{ idx: images-idx3-ubyte, validation: 0, flip: 0.5 }');
    const { pictures, labels, alternatives } = picturesOf(text);
    assert.deepEqual(labels, ['0', '1', '2', '3', '4', '5']);
    assert.deepEqual(alternatives, labels);
    for (const [i, { width, height, data, channels }] of pictures.entries()) {
      assert.deepEqual([width, height, channels], [63, 42, 1]);
      assert.deepEqual(new Set(data), new Set([5 * i]), 'the pixels of the file');
    }
  });

  it('shows colours, names of classes as text, and large pictures made smaller', async () => {
    const place = folder();
    const picture = (red: number) => {
      const data = Uint8Array.from({ length: 3 * 130 * 100 }, (_, i) => (i % 3 === 0 ? red : 9));
      return encode({ width: 130, height: 100, channels: 3, data });
    };
    writeFiles(place, { 'pets/a_*b|c/1.png': picture(200), 'pets/dog/1.png': picture(40) });
    const text = await previewOf(place, '{ images: pets, validation: 0 }');
    const { pictures, labels } = picturesOf(text);
    assert.deepEqual(labels, ['a\\_\\*b\\|c', 'dog']);
    assert.deepEqual([pictures[0]?.width, pictures[0]?.height], [44, 34]);
    assert.deepEqual([...pictures[0]!.data.slice(0, 6)], [200, 9, 9, 200, 9, 9]);
    assert.deepEqual([...pictures[1]!.data.slice(-3)], [40, 9, 9]);
  });

  it('shows the first rows of a table as they are, and the beginning of a text', async () => {
    const place = folder();
    writeFiles(place, {
      'flowers.csv': 'length,kind,note\n1.5,rose,<b>\n2,tulip,\n3,rose,x\n',
      'text.txt': 'Call me ```Ishmael```.\n',
    });
    const table = await previewOf(place, '{ csv: flowers.csv, target: kind, ignore: [note] }');
    assert.deepEqual(table?.split('\n').slice(2), [
      '| length | kind | note |',
      '| :-: | :-: | :-: |',
      '| 1\\.5 | rose | \\<b\\> |',
      '| 2 | tulip |  |',
      '| 3 | rose | x |',
    ]);
    const text = await previewOf(place, '{ text: text.txt, context: 4 }');
    assert.match(text ?? '', /\n``````text\nCall me ```Ishmael```\.\n\n``````$/);
  });

  it('shows data that is made up: pictures, points and sequences', async () => {
    const place = folder();
    const shapes = picturesOf(await previewOf(place, '{ shapes: { size: 16, channels: 3 } }'));
    assert.equal(shapes.pictures.length, 6);
    for (const label of shapes.labels) assert.match(label, /^(disc|square|triangle|cross)$/);
    const points = await previewOf(place, '{ gaussian-blobs: { features: 2, classes: 3 } }');
    assert.match(
      points ?? '',
      /\| x1 \| x2 \| y \|\n.*\n(\| [\\.\-\d]+ \| [\\.\-\d]+ \| \d \|\n?){6}$/,
    );
    const sums = await previewOf(place, '{ modular-addition: { modulus: 7 } }');
    assert.match(sums ?? '', /\| \d 7 \d 8 \| · · · \d \|/);
  });

  it('is absent where the data cannot be read, which the check explains', async () => {
    const place = folder();
    assert.equal(await previewOf(place, '{ idx: nowhere }'), undefined);
    assert.equal(await previewOf(place, '{ idx: '), undefined);
    writeFiles(place, { 'a.csv': 'x,y\n1,2\n' });
    const model = `${layers}train: { data: { csv: a.csv, target: y } }\n`;
    assert.equal(await new FileChecker().preview({ text: model, roots: [] }), undefined, 'no path');
  });

  it('is of the data as it is now', async () => {
    const place = folder();
    const checker = new FileChecker();
    const model = `${layers}train: { data: { csv: a.csv, target: y } }\n`;
    const shown = () =>
      checker.preview({ text: model, path: path.join(place, 'a.model.yaml'), roots: [] });
    writeFiles(place, { 'a.csv': 'x,y\n1,2\n3,2\n' });
    assert.match((await shown()) ?? '', /\| 3 \| 2 \|$/);
    writeFiles(place, { 'a.csv': 'x,y\n1,2\n30,2\n' });
    assert.match((await shown()) ?? '', /\| 30 \| 2 \|$/);
  });
});
