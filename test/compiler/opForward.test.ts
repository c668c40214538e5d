import assert from 'node:assert/strict';
import fc from 'fast-check';
import { opDefinition, ops } from '../../src/compiler/ops/registry.ts';
import { gradientGraph, opGraph, type OpGraph } from './oracle/gradientGraph.ts';
import { interpret } from './oracle/interpreter.ts';
import { opCases } from './oracle/opCases.ts';
import { runInRuntime } from './oracle/runtime.ts';
import { fuzz } from './oracle/fuzz.ts';

/**
 * Each op and its gradient graph in the real runtime (float32) against the float64 oracle: shapes equal, every element within
 * `tolerance` (1e-6 unless the table says otherwise) of the largest element, or of 1 where that is smaller; ten times that for
 * gradients, which are sums of several rounded terms.
 */
describe('ops in the runtime', () => {
  for (const op of ops.keys()) {
    const { cases, tolerance = 1e-6, differentiable } = opCases[op]!;
    const { gradient } = opDefinition(op);

    it(`${op}: forward`, async () => {
      await fc.assert(
        fc.asyncProperty(cases, (drawn) => compare(opGraph(op, drawn), tolerance)),
        fuzz(25),
      );
    });

    if (gradient === 'none') continue;
    it(`${op}: gradient`, async () => {
      await fc.assert(
        fc.asyncProperty(cases, (drawn) =>
          compare(gradientGraph(op, gradient, drawn, differentiable), 10 * tolerance),
        ),
        fuzz(25),
      );
    });
  }
});

async function compare({ graph, feeds }: OpGraph, tolerance: number): Promise<void> {
  const expected = interpret(graph, feeds);
  const actual = await runInRuntime(graph, feeds);
  for (const { name } of graph.outputs) {
    const { dtype, shape, data } = expected[name]!;
    const found = actual[name]!;
    assert.deepEqual([found.dtype, found.shape], [dtype, [...shape]], `type of ${name}`);
    const largest = data.reduce((top, value) => Math.max(top, Math.abs(value)), 1);
    data.forEach((value, i) => {
      const error = Math.abs(found.data[i]! - value) / largest;
      const allowed = dtype === 'float32' ? tolerance : 0;
      assert.ok(error <= allowed, `${name}[${i}]: ${found.data[i]} for ${value}`);
    });
  }
}
