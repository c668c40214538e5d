import assert from 'node:assert/strict';
import { readCsv } from '../../src/engine/data/samples/csv.ts';
import { openRows } from '../../src/engine/data/samples/rows.ts';
import { splitByShare } from '../../src/engine/data/samples/split.ts';
import type { CsvSettings } from '../../src/language/settings.ts';
import { openData, settingsOf, writeFiles } from './sampleFiles.ts';
import { openTiny, temporaryFolders } from './support.ts';

const flowers = `id,width,colour,"kind, of flower"
a1,1.5,red,rose
a2,2,blue,violet

a3,-3e2,red,"rose"
a4,4,green,violet
`;

describe('CSV tables', () => {
  const folder = temporaryFolders();

  async function read(text: string, more: string) {
    const place = folder();
    writeFiles(place, { 't.csv': text });
    const settings = settingsOf(`{ csv: t.csv, ${more} }`) as CsvSettings;
    const data = await readCsv(settings, { folder: place, roots: [] });
    const rows = openRows(data.training.rows);
    const table = Array.from({ length: rows.count }, (_, row) => [
      ...new Float64Array(rows.read(row).slice().buffer),
    ]);
    return { ...data, table, targets: [...data.training.targets] };
  }

  it('have numbers as they are, and a feature for each word of other columns', async () => {
    const found = await read(flowers, 'target: "kind, of flower", ignore: [id]');
    assert.deepEqual(found.table, [
      [1.5, 0, 0, 1],
      [2, 1, 0, 0],
      [-300, 0, 0, 1],
      [4, 0, 1, 0],
    ]);
    assert.deepEqual(found.targets, [0, 1, 0, 1]);
    assert.deepEqual([found.classes, found.classNames], [2, ['rose', 'violet']]);
    const german = await read('\ufeffx;y\r\n1;10\r\n2;9\r\n3;10\r\n4;9\r\n', 'target: y');
    assert.deepEqual(german.table, [[1], [2], [3], [4]]);
    assert.deepEqual(german.classNames, ['9', '10'], 'numbers in their order');
  });

  it('with missing cells are refused with line and column, or filled, or left out', async () => {
    const text = 'x,c,y\n1,a,0\n,b,1\n5,?,0\n6,a,1\n';
    await assert.rejects(read(text, 'target: y'), {
      code: 'data-missing-cell',
      message: /t\.csv, line 3: 'x' has no value\..*missing: skip.*missing: mean/,
    });
    const filled = await read(text, 'target: y, missing: mean');
    assert.deepEqual(filled.table, [
      [1, 1, 0],
      [4, 0, 1],
      [5, 0, 0],
      [6, 1, 0],
    ]);
    // A third validates: row 1 of this table, whose 900 the mean must not know of.
    const split = await read('x,y\n1,0\n900,1\n,0\n', 'target: y, missing: mean, validation: 0.4');
    const { validation } = splitByShare(3, { validation: 0.4 });
    assert.deepEqual([...validation], [1]);
    assert.deepEqual(split.table, [[1], [900], [1]]);
    const skipped = await read(text, 'target: y, missing: skip');
    assert.deepEqual(skipped.table, [
      [1, 1],
      [6, 1],
    ]);
    assert.match(
      skipped.warnings?.[0] ?? '',
      /Rows of t\.csv with missing cells are left out: 2 of 4/,
    );
    await assert.rejects(read('x,y\n1,\n', 'target: y, missing: mean'), {
      code: 'data-missing-cell',
      message: /line 2: 'y'/,
    });
  });

  const broken: readonly (readonly [string, string, string, string, RegExp])[] = [
    [
      'a column that is not there',
      'x,y\n1,0\n2,1\n',
      'target: z',
      'data-column',
      /no column 'z'; it has x, y/,
    ],
    ['a row that is too short', 'x,y\n1,0\n2\n', 'target: y', 'data-corrupt', /t\.csv: .*line 3/],
    ['a quote that is not closed', 'x,y\n"1,0\n2,1\n', 'target: y', 'data-corrupt', /t\.csv/],
    ['no rows', 'x,y\n', 'target: y', 'data-corrupt', /no rows under a header/],
    [
      'a target that is no number',
      'x,y\n1,0\n2,b\n',
      'target: y, task: regression',
      'data-label',
      /line 3: 'b' of 'y' is not a number/,
    ],
    [
      'a target of numbers as classes',
      `x,y\n${Array.from({ length: 20 }, (_, i) => `1,${i}.5\n`).join('')}`,
      'target: y',
      'data-label',
      /20 different values in 20 rows.*task: regression/,
    ],
    [
      'a number with a slip',
      `x,y\n${Array.from({ length: 20 }, (_, i) => `${i === 7 ? '7o' : i},${i % 2}\n`).join('')}`,
      'target: y',
      'data-column',
      /no number in line 9 \('7o'\).*ignore: \[x\]/,
    ],
  ];
  for (const [what, text, more, code, message] of broken) {
    it(`are refused: ${what}`, async () => {
      await assert.rejects(read(text, more), { code, message });
    });
  }

  it('of numbers to predict train with MSELoss, and validate exactly', async () => {
    const place = folder();
    const rows = Array.from({ length: 61 }, (_, i) => `${i},${(i * 7) % 10},${2 * i - 3}\n`);
    writeFiles(place, { 't.csv': `a,b,y\n${rows.join('')}` });
    const data = '{ csv: t.csv, target: y, task: regression, validation: 0.2 }';
    const model = `layers: [{ Linear: 1 }]
train:
  data: ${data}
  loss: MSELoss
  optimizer: { SGD: { lr: 0.1 } }
  batch: 5
  steps: 300
`;
    const { trainer } = await openTiny(place, model);
    const first = (await trainer.takeStep()).loss;
    for (let step = 1; step < 300; step++) await trainer.takeStep();
    // y is linear in a: what is left is rounding.
    const validation = await trainer.validate();
    assert.ok(first > 100 && validation!.loss < 1e-4, `${first} ${validation!.loss}`);
    assert.equal(validation!.accuracy, undefined);
    // Twelve rows validate, in batches of ten: by hand they give the same.
    const { source, batch } = await openData(place, data);
    const one = batch(1);
    const [weight, bias] = trainer.parameterTensors().map((tensor) => [...tensor.data]);
    let sum = 0;
    for (let index = 0; index < source.validationBatches(1); index++) {
      assert.equal(source.fillValidation(index, one), 1);
      const output = weight![0]! * one.input[0]! + weight![1]! * one.input[1]! + bias![0]!;
      sum += (output - one.targets[0]!) ** 2;
    }
    assert.equal(source.validationBatches(1), 12);
    // Differences of float32 numbers of size 100.
    assert.ok(Math.abs(sum / 12 - validation!.loss) < 1e-5, `${sum / 12} ${validation!.loss}`);
    await trainer.dispose();
  });

  it('of numbers are refused by CrossEntropyLoss with a remedy', async () => {
    const place = folder();
    writeFiles(place, { 't.csv': 'x,y\n1,0.5\n2,1.5\n3,2.5\n' });
    const model = `layers: [{ Linear: 1 }]
train: { data: { csv: t.csv, target: y, task: regression }, batch: 1 }
`;
    await assert.rejects(openTiny(place, model), {
      code: 'model-wrong',
      message: /CrossEntropyLoss needs classes.*use MSELoss/,
    });
  });
});
