import assert from 'node:assert/strict';
import type { Attributes } from '../../src/compiler/graph/types.ts';
import { graphProblems } from '../../src/compiler/graph/verify.ts';
import { newGraph, shapeRules } from '../../src/compiler/ops/registry.ts';
import { foldPictures } from '../../src/compiler/passes/foldPictures.ts';
import { randomFeeds } from './oracle/examples.ts';
import { interpret } from './oracle/interpreter.ts';
import { runInRuntime } from './oracle/runtime.ts';

const plain = { strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1], group: 1 };

/** Two convolutions, the second of small pictures, with a bias. */
function graphOf(size: number, attributes: Attributes = plain) {
  const g = newGraph();
  const x = g.input('x', 'float32', [3, 2, size, size]);
  const weight = g.input('w', 'float32', [4, 2, 3, 2]);
  const bias = g.input('b', 'float32', [4]);
  const y = g.op('Tanh', [g.op('Conv', [x, weight, bias], attributes)]);
  return { graph: g.build('fold', [{ name: 'y', value: y }]), feeds: randomFeeds(g, 5) };
}

describe('small pictures side by side', () => {
  for (const [size, attributes] of [
    [2, plain],
    [5, plain],
    [4, { ...plain, dilations: [2, 3], pads: [2, 3, 1, 2] }],
  ] as const) {
    it(`${size} x ${size}, ${JSON.stringify(attributes)}: the values are the same`, async () => {
      const { graph, feeds } = graphOf(size, attributes);
      const folded = foldPictures(graph);
      assert.deepEqual(graphProblems(folded, shapeRules), []);
      const convolution = folded.nodes.find(({ op }) => op === 'Conv');
      assert.equal(convolution?.inputs[0]?.shape[0], 1, 'the batch is in the width');
      const wanted = interpret(graph, feeds)['y']!;
      const found = interpret(folded, feeds)['y']!;
      assert.deepEqual(found, wanted);
      const run = await runInRuntime(folded, feeds);
      wanted.data.forEach((value, i) => {
        assert.ok(Math.abs(run['y']!.data[i]! - value) < 1e-6, `y[${i}]`);
      });
    });
  }

  for (const [what, size, attributes] of [
    ['large pictures', 9, plain],
    ['strides', 5, { ...plain, strides: [2, 1] }],
  ] as const) {
    it(`leaves ${what} as they are`, () => {
      const { graph } = graphOf(size, attributes);
      assert.deepEqual(foldPictures(graph).nodes, graph.nodes);
    });
  }
});
