import assert from 'node:assert/strict';
import { weightGradient } from '../../src/compiler/ops/convolutionGradients.ts';
import { newGraph } from '../../src/compiler/ops/registry.ts';
import { randomFeeds } from './oracle/examples.ts';
import { interpret } from './oracle/interpreter.ts';

const window = { kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1] } as const;

/**
 * Planes of 1,024 pixels are turned by a product, all others by a Transpose; pictures smaller than the kernels of an output are
 * summed in one product: all in float64 against the plain sum, to 1e-9.
 */
describe("a convolution's weight gradient", () => {
  for (const [size, group] of [
    [32, 1],
    [32, 2],
    [16, 1],
    [5, 1],
  ] as const) {
    it(`of pictures ${size} x ${size}, ${group} group(s): is the sum over batch and pixels`, () => {
      const g = newGraph();
      const x = g.input('x', 'float32', [2, 4, size, size]);
      const dy = g.input('dy', 'float32', [2, 2, size, size]);
      const gradient = weightGradient(g, x, dy, window, group);
      const graph = g.build('gradient', [{ name: 'dw', value: gradient }]);
      const feeds = randomFeeds(g, 5);
      const found = interpret(graph, feeds)['dw']!;

      const inner = 4 / group;
      assert.deepEqual(found.shape, [2, inner, 3, 3]);
      for (let at = 0; at < 2 * inner * 9; at++) {
        const [out, channel] = [Math.floor(at / (inner * 9)), Math.floor(at / 9) % inner];
        const from = group === 1 ? channel : out * inner + channel;
        const [down, right] = [(Math.floor(at / 3) % 3) - 1, (at % 3) - 1];
        let sum = 0;
        for (let picture = 0; picture < 2; picture++) {
          for (let row = 0; row < size; row++) {
            for (let column = 0; column < size; column++) {
              const [y, z] = [row + down, column + right];
              if (y < 0 || z < 0 || y >= size || z >= size) continue;
              const value = feeds['x']!.data[((picture * 4 + from) * size + y) * size + z]!;
              const given = feeds['dy']!.data[((picture * 2 + out) * size + row) * size + column]!;
              sum += value * given;
            }
          }
        }
        const off = Math.abs(Number(found.data[at]) - sum);
        assert.ok(off < 1e-9, `dw[${at}] is off by ${off}`);
      }
    });
  }
});
