import assert from 'node:assert/strict';
import { fromBinary } from '@bufbuild/protobuf';
import { encodeModel } from '../../src/compiler/onnx/encode.ts';
import { ModelProtoSchema } from '../../src/compiler/onnx/onnx_pb.ts';
import { newGraph } from '../../src/compiler/ops/registry.ts';
import { interpret } from './oracle/interpreter.ts';
import { runInRuntime } from './oracle/runtime.ts';
import { oracleTensor, type OracleTensor } from './oracle/tensor.ts';

/** Two norms of different values with one gain: what an optimizer would take for equal inputs. */
function twins() {
  const g = newGraph();
  const a = g.input('a', 'float32', [4, 2, 3]);
  const b = g.input('b', 'float32', [4, 2, 3]);
  const gain = g.input('gain', 'float32', [2]);
  const bias = g.input('bias', 'float32', [2]);
  const attributes = { training_mode: 1, epsilon: 1e-5, momentum: 0 };
  const outputs = [a, b].flatMap((x, twin) =>
    g
      .node('BatchNormalization', [x, gain, bias], attributes)
      .map((value, index) => ({ name: `${'ab'[twin] ?? ''}${index}`, value })),
  );
  const numbers = (shape: readonly number[], of: (i: number) => number): OracleTensor =>
    oracleTensor('float32', shape, (i) => Math.fround(of(i)));
  const feeds = {
    a: numbers([4, 2, 3], (i) => Math.sin(i)),
    b: numbers([4, 2, 3], (i) => 500 + Math.cos(3 * i)),
    gain: numbers([2], (i) => 1 + i),
    bias: numbers([2], (i) => i - 0.5),
  };
  return { graph: g.build('twins', outputs), feeds };
}

/** What the runtime does to the running statistics that it is given, and how that is kept away from everything else. */
describe('BatchNormalization of a batch', () => {
  it('gives each node two vectors of its own to overwrite', () => {
    const { graph: model } = fromBinary(ModelProtoSchema, encodeModel(twins().graph));
    const nodes = model?.node ?? [];
    const makers = new Map(
      nodes.map(({ output, input, opType }) => [output[0], { input, opType }]),
    );
    const scratch = nodes
      .filter(({ opType }) => opType === 'BatchNormalization')
      .flatMap(({ input }) => input.slice(3));
    assert.equal(new Set(scratch).size, 4);
    const recipes = scratch.map((name) => makers.get(name)?.input.join());
    assert.ok(recipes.every((recipe) => recipe !== undefined));
    assert.equal(new Set(recipes).size, 4, 'no two are computed from the same values');
    for (const name of scratch) {
      assert.equal(nodes.filter(({ input }) => input.includes(name)).length, 1, 'one reader each');
    }
  });

  it('has right statistics beside a twin, and with mean 500 times the deviation (1e-4)', async () => {
    const { graph, feeds } = twins();
    const expected = interpret(graph, feeds);
    const found = await runInRuntime(graph, feeds);
    for (const [name, { data }] of Object.entries(expected)) {
      data.forEach((value, i) => {
        const error =
          Math.abs((found[name]?.data[i] ?? NaN) - value) / Math.max(1, Math.abs(value));
        assert.ok(error < 1e-4, `${name}[${i}]: ${found[name]?.data[i]} for ${value}`);
      });
    }
  });

  it('takes no running statistics, no other momentum, and no other mode', () => {
    const g = newGraph();
    const x = g.input('x', 'float32', [4, 2, 3]);
    const c = g.input('c', 'float32', [2]);
    const build = (inputs: readonly (typeof x)[], attributes: Record<string, number>) => () =>
      g.node('BatchNormalization', inputs, { epsilon: 1e-5, ...attributes });
    assert.throws(build([x, c, c, c, c], { training_mode: 1, momentum: 0 }), /3 inputs/);
    assert.throws(build([x, c, c], { training_mode: 1, momentum: 0.9 }), /momentum is 0/);
    assert.throws(build([x, c, c], { training_mode: 0 }), /5 inputs/);
    assert.throws(build([x, c, c], { training_mode: 2 }), /0 or 1/);
    assert.throws(build([x, x, c], { training_mode: 1, momentum: 0 }), /needs \[2\]/);
  });
});
