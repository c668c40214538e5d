import assert from 'node:assert/strict';
import { fromBinary } from '@bufbuild/protobuf';
import type { Graph } from '../../src/compiler/graph/types.ts';
import { parseGraph } from '../../src/compiler/graph/parse.ts';
import { encodeModel, opset } from '../../src/compiler/onnx/encode.ts';
import { ModelProtoSchema, type ModelProto } from '../../src/compiler/onnx/onnx_pb.ts';
import { newGraph, shapeRules } from '../../src/compiler/ops/registry.ts';
import { forwardExample, randomFeeds, trainingExample } from './oracle/examples.ts';
import { interpret } from './oracle/interpreter.ts';
import { runInRuntime } from './oracle/runtime.ts';

function encoded(graph: Graph): ModelProto {
  return fromBinary(ModelProtoSchema, encodeModel(graph));
}

const aliases = parseGraph(
  `graph aliases
  input x = %0 float32[2]
  constant %1 float32[2] = 3 4
  %2 = Mul(%0, %1)
  output y = %2
  output again = %2
  output fed = %0
  output known = %1`,
  shapeRules,
);

describe('writing ONNX', () => {
  it('states versions, names, types and shapes', () => {
    const model = encoded(
      parseGraph(
        `graph program
        input ids = %0 int64[2, 1]
        input table = %1 float32[5, 3]
        constant %2 bool[1] = 1
        %3 = Gather(%1, %0; axis=0) # forward embedding 4
        %4 = Where(%2, %3, %3)
        output out = %4`,
        shapeRules,
      ),
    );
    assert.deepEqual(
      model.opsetImport.map(({ domain, version }) => [domain, version]),
      [
        ['', opset],
        ['com.microsoft', 1n],
      ],
    );
    const { graph } = model;
    assert.ok(graph);
    assert.equal(graph.name, 'program');
    const ports = [...graph.input, ...graph.output].map(({ name, type }) => {
      assert.equal(type?.value.case, 'tensorType');
      const { elemType, shape } = type.value.value;
      return [name, elemType, ...(shape?.dim ?? []).map(({ value }) => value.value)];
    });
    assert.deepEqual(ports, [
      ['ids', 7, 2n, 1n],
      ['table', 1, 5n, 3n],
      ['out', 1, 2n, 1n, 3n],
    ]);
    const [gather, where] = graph.node;
    assert.deepEqual(
      [gather?.name, gather?.opType, gather?.input, gather?.output],
      ['embedding/forward/Gather/0', 'Gather', ['table', 'ids'], ['v3']],
    );
    assert.deepEqual([where?.input, where?.output], [['v2', 'v3', 'v3'], ['out']]);
    const [condition] = graph.initializer;
    assert.deepEqual(
      [condition?.name, condition?.dataType, condition?.dims, [...(condition?.rawData ?? [])]],
      ['v2', 9, [1n], [1]],
    );
  });

  it('writes attributes in their types, and lists that ONNX wants as inputs once for all uses', () => {
    const g = newGraph();
    const x = g.input('x', 'float32', [2, 3]);
    const wide = g.op('FusedMatMul', [x, x], { transA: 1, transB: 0, alpha: 0.25 });
    const turned = g.op('Transpose', [wide], { perm: [1, 0] });
    const smooth = g.op('Gelu', [turned], { approximate: 'tanh' });
    const sums = [0, 1].map((keepdims) => g.op('ReduceSum', [smooth], { axes: [1], keepdims }));
    const parts = g.op('Slice', [smooth], { starts: [0], ends: [2], axes: [1] });
    const model = encoded(
      g.build(
        'g',
        [...sums, parts].map((value, i) => ({ name: `y${i}`, value })),
      ),
    );
    const attributes = model.graph?.node.map(({ opType, domain, attribute }) => [
      opType,
      domain,
      ...attribute.map(({ name, type, i, f, ints, s }) => [name, type, i, f, ints, s.length]),
    ]);
    assert.deepEqual(attributes?.slice(0, 4), [
      [
        'FusedMatMul',
        'com.microsoft',
        ['transA', 2, 1n, 0, [], 0],
        ['transB', 2, 0n, 0, [], 0],
        ['alpha', 1, 0n, 0.25, [], 0],
      ],
      ['Transpose', '', ['perm', 7, 0n, 0, [1n, 0n], 0]],
      ['Gelu', '', ['approximate', 3, 0n, 0, [], 4]],
      ['ReduceSum', '', ['keepdims', 2, 0n, 0, [], 0]],
    ]);
    const lists = model.graph?.initializer.map(({ name, rawData }) => [
      name,
      [...new BigInt64Array(rawData.slice().buffer)],
    ]);
    assert.deepEqual(lists, [
      ['#1', [1n]],
      ['#0', [0n]],
      ['#2', [2n]],
    ]);
    assert.deepEqual(model.graph?.node.at(-1)?.input, ['v3', '#0', '#2', '#1']);
  });

  it('copies what cannot give its name to one port alone', async () => {
    const x = { dtype: 'float32', shape: [2], data: Float64Array.of(5, 6) } as const;
    const found = await runInRuntime(aliases, { x });
    const data = Object.fromEntries(
      Object.entries(found).map(([name, tensor]) => [name, [...tensor.data]]),
    );
    assert.deepEqual(data, { y: [15, 24], again: [15, 24], fed: [5, 6], known: [3, 4] });
  });

  it('keeps every bit of constants', async () => {
    const g = newGraph();
    const odd = [NaN, Infinity, -0, 1e-45, 16777217, 0.1].map(Math.fround);
    const floats = g.constant('float32', [2, 3], Float32Array.from(odd));
    const longs = g.constant('int64', [2], BigInt64Array.of(-(2n ** 53n), 2n ** 53n));
    const graph = g.build('g', [
      { name: 'floats', value: floats },
      { name: 'longs', value: longs },
    ]);
    const found = await runInRuntime(graph, {});
    assert.deepEqual([...found['floats']!.data], odd);
    assert.deepEqual([...found['longs']!.data], [-(2 ** 53), 2 ** 53]);
  });

  it('writes the same graph as the same bytes', () => {
    const bytes = [0, 1].map(() => Buffer.from(encodeModel(trainingExample().graph)));
    assert.ok(bytes[0]!.equals(bytes[1]!));
  });

  it('makes a whole training step that the runtime runs as the oracle does', async () => {
    const { graph } = trainingExample();
    const feeds = randomFeeds(forwardExample().builder, 8);
    const expected = interpret(graph, feeds);
    const found = await runInRuntime(graph, feeds);
    for (const { name } of graph.outputs) {
      const { shape, data } = expected[name]!;
      assert.deepEqual(found[name]!.shape, [...shape]);
      const largest = data.reduce((top, x) => Math.max(top, Math.abs(x)), 1e-3);
      data.forEach((value, i) => {
        // float32 throughout: some thirty rounded operations deep.
        const error = Math.abs(found[name]!.data[i]! - value) / largest;
        assert.ok(error < 5e-6, `${name}[${i}]: ${found[name]!.data[i]} for ${value}`);
      });
    }
  });
});
