import assert from 'node:assert/strict';
import { ClassOutput, Confusion } from '../../src/engine/train/classification.ts';
import { openTiny, temporaryFolders } from './support.ts';

describe('classes given to cases', () => {
  it('are those with the largest number, of equal ones the first; ignored cases do not count', () => {
    const output = new ClassOutput([5, 3], -100);
    (output.binding.data as Float32Array).set([
      ...[1, 5, 2],
      ...[4, 4, 0],
      ...[-3, -2, -1],
      ...[9, 0, 0],
      ...[0, 0, 7],
    ]);
    const confusion = new Confusion(3);
    confusion.add(output, [1, 1, 2, -100, 0]);
    confusion.add(output, [1, 0, 2, 0, 2]);
    assert.deepEqual(confusion.rows, [
      [2, 0, 1],
      [1, 2, 0],
      [0, 0, 3],
    ]);
    assert.equal(confusion.accuracy, 7 / 9);
  });

  it('have no matrix where there are too many, but an accuracy', () => {
    const output = new ClassOutput([1, 300], -100);
    (output.binding.data as Float32Array)[299] = 1;
    const confusion = new Confusion(300);
    confusion.add(output, [299]);
    assert.deepEqual(confusion.rows, []);
    assert.equal(confusion.accuracy, 1);
  });
});

describe('accuracy', () => {
  const folder = temporaryFolders();
  const model = (lr: number): string => `layers: [{ Linear: { out_features: classes, init: {
  weight: { constant: { val: 0 } }, bias: { constant: { val: 0 } } } } }]
train:
  data: { gaussian-blobs: { classes: 2, spread: 0.1 } }
  optimizer: { SGD: { lr: ${lr} } }
  batch: 64
  accumulate: 2
`;

  it('of a step is that of the parameters before it, of a validation that of those now', async () => {
    const { trainer } = await openTiny(folder(), model(1));
    const first = await trainer.takeStep();
    // Zero weights give every case the class 0: about half of 128 are right, five standard deviations.
    assert.ok(Math.abs(first.accuracy! - 0.5) < 5 * Math.sqrt(0.25 / 128), String(first.accuracy));
    for (let step = 0; step < 20; step++) await trainer.takeStep();
    assert.equal((await trainer.takeStep()).accuracy, 1);
    const validation = await trainer.validate();
    assert.equal(validation?.accuracy, 1);
    const [zero, one] = validation.confusion ?? [];
    assert.deepEqual([zero?.[1], one?.[0]], [0, 0]);
    assert.equal(zero![0]! + one![1]!, 1024);
    await trainer.dispose();
  });
});
