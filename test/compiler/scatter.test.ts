import assert from 'node:assert/strict';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { RandomStream } from '../../src/base/random.ts';
import { encodeModel } from '../../src/compiler/onnx/encode.ts';
import { newGraph } from '../../src/compiler/ops/registry.ts';
import { differentiate } from '../../src/compiler/passes/differentiate.ts';

/**
 * An embedding's gradient on four threads. The runtime's own ScatterND loses additions there: without the parts that
 * `scatterRows` makes, up to a third of the runs come out wrong. Small whole numbers add exactly, in whatever order.
 */
describe('gradient of an embedding on several threads', () => {
  for (const [rows, width, count] of [
    [3, 384, 1024],
    [65, 768, 1024],
    [2, 1, 400_000],
    [2, 150_000, 3],
  ] as const) {
    it(`${count} rows of ${width} into ${rows}: exact in each of 30 runs`, async () => {
      const g = newGraph();
      const table = g.input('table', 'float32', [rows, width]);
      const indices = g.input('indices', 'int64', [count]);
      const weights = g.input('weights', 'float32', [count, width]);
      const looked = g.op('Mul', [g.op('Gather', [table, indices], { axis: 0 }), weights]);
      const loss = g.op('ReduceSum', [looked], { axes: [0, 1], keepdims: 0 });
      const gradient = differentiate(g, loss, [table]).get(table);
      assert.ok(gradient);
      const graph = g.build('embedding', [{ name: 'gradient', value: gradient }]);
      const random = new RandomStream(1, 'scatter');
      const drawn = Float32Array.from({ length: count * width }, () => random.nextBelow(4));
      const places = Array.from({ length: count }, () => random.nextBelow(rows));
      const expected = new Float32Array(rows * width);
      drawn.forEach((value, i) => {
        expected[places[Math.floor(i / width)]! * width + (i % width)]! += value;
      });
      const session = await InferenceSession.create(encodeModel(graph), { intraOpNumThreads: 4 });
      const feeds = {
        table: new Tensor('float32', new Float32Array(rows * width), [rows, width]),
        indices: new Tensor('int64', BigInt64Array.from(places, BigInt), [count]),
        weights: new Tensor('float32', drawn, [count, width]),
      };
      for (let run = 0; run < 30; run++) {
        const { gradient: found } = await session.run(feeds);
        assert.ok(
          Buffer.from((found!.data as Float32Array).buffer).equals(Buffer.from(expected.buffer)),
        );
      }
      await session.release();
    });
  }
});
