import assert from 'node:assert/strict';
import { createBatch } from '../../src/engine/data/source.ts';
import { TaskSource } from '../../src/engine/data/tasks.ts';
import { batchTensors, shapeClasses } from '../../src/language/layers/dataShapes.ts';

const size = 64;
/** Share of its bounding box that a shape fills. */
const filled = { disc: Math.PI / 4, square: 1, triangle: 1 / 2, cross: 1 - 0.7 ** 2 };

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
  area: number;
}

/** Bounding box and number of the pixels that are not 0. */
function measure(pixels: Float32Array): Box {
  const box: Box = { left: size, right: 0, top: size, bottom: 0, area: 0 };
  pixels.forEach((value, i) => {
    if (value === 0) return;
    const [x, y] = [i % size, Math.floor(i / size)];
    box.area++;
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x + 1);
    box.top = Math.min(box.top, y);
    box.bottom = Math.max(box.bottom, y + 1);
  });
  return box;
}

describe('pictures of shapes', () => {
  it('show what their target says, wholly inside, each channel with a brightness of its own', () => {
    const settings = { kind: 'shapes', size, channels: 2, noise: 0 } as const;
    const batch = createBatch(batchTensors(settings, {}, 200));
    assert.deepEqual(batch.tensors[0]?.shape, [200, 2, size, size]);
    new TaskSource(settings, 5, -100).fillTraining(3, batch);
    const input = batch.input as Float32Array;
    const pixels = size * size;
    const seen = new Set<number>();
    for (let row = 0; row < batch.size; row++) {
      const [first, second] = [0, 1].map((channel) =>
        input.subarray((2 * row + channel) * pixels, (2 * row + channel + 1) * pixels),
      ) as [Float32Array, Float32Array];
      const label = batch.targets[row]!;
      seen.add(label);
      const { left, right, top, bottom, area } = measure(first);
      // The box of a small shape is 20 pixels wide, and pixels at the edge are in or out: a tenth.
      const share = area / ((right - left) * (bottom - top));
      assert.ok(Math.abs(share / filled[shapeClasses[label]!] - 1) < 0.1, `${label}: ${share}`);
      assert.ok(right - left >= 0.3 * size && right - left <= 0.8 * size);
      const brightness = Math.max(...first);
      assert.ok(brightness >= 0.5 && brightness <= 1);
      assert.notEqual(Math.max(...second), brightness);
      assert.equal(measure(second).area, area);
    }
    assert.equal(seen.size, shapeClasses.length);
  });

  it('have the asked noise on every pixel, and are the same for the same seed and batch number', () => {
    const settings = { kind: 'shapes', size: 16, channels: 1, noise: 0.3 } as const;
    const batches = [1, 1, 2].map((seed) => {
      const batch = createBatch(batchTensors(settings, {}, 64));
      new TaskSource(settings, seed, -100).fillTraining(8, batch);
      return batch;
    });
    assert.deepEqual(batches[0], batches[1]);
    assert.notDeepEqual(batches[0]?.input, batches[2]?.input);
    // The corner is background: five standard deviations of a sample variance of 64 and their neighbours.
    const corner = Array.from({ length: 64 * 3 }, (_, i) => {
      const [row, pixel] = [Math.floor(i / 3), i % 3];
      return batches[0]!.input[row * 256 + pixel]!;
    });
    const variance = corner.reduce((sum, x) => sum + x * x, 0) / corner.length;
    assert.ok(Math.abs(variance / 0.09 - 1) < 5 * Math.sqrt(2 / corner.length), String(variance));
  });
});
