import assert from 'node:assert/strict';
import type { Attributes, Shape } from '../../src/compiler/graph/types.ts';
import { sizeOf } from '../../src/compiler/graph/types.ts';
import { encodeModel } from '../../src/compiler/onnx/encode.ts';
import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from '../../src/compiler/onnx/onnx_pb.ts';
import { newGraph } from '../../src/compiler/ops/registry.ts';
import { loadRuntime } from '../../src/engine/runtime/load.ts';
import { blockSize } from '../../src/engine/runtime/blockSize.ts';
import { Session } from '../../src/engine/runtime/session.ts';
import { randomFeeds } from '../compiler/oracle/examples.ts';
import { interpret } from '../compiler/oracle/interpreter.ts';

const plain = { strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1], group: 1 };

function graphOf(x: Shape, weight: Shape, attributes: Attributes, isBiased: boolean) {
  const g = newGraph();
  const inputs = [g.input('x', 'float32', x), g.input('w', 'float32', weight)];
  if (isBiased) inputs.push(g.input('b', 'float32', [weight[0]!]));
  const y = g.op('Tanh', [g.op('Conv', inputs, attributes)]);
  return { graph: g.build('blocked', [{ name: 'y', value: y }]), feeds: randomFeeds(g, 3) };
}

function domainsOf(bytes: Uint8Array): readonly string[] {
  return fromBinary(ModelProtoSchema, bytes).graph?.node.map(({ domain }) => domain) ?? [];
}

/** Values in the runtime's blocked layout against the float64 oracle, to 1e-5 (sums of up to 288 products, as large as 50), on any processor. */
describe('convolutions in the blocked layout', () => {
  for (const [what, x, weight, attributes, isBiased] of [
    ['3 x 3', [2, 16, 12, 10], [32, 16, 3, 3], plain, false],
    ['strides', [2, 32, 20, 19], [16, 32, 3, 3], { ...plain, strides: [2, 2] }, false],
    ['a bias, uneven pads', [1, 16, 9, 11], [16, 16, 5, 3], { ...plain, pads: [2, 0, 1, 1] }, true],
  ] as const) {
    it(`${what}: the values are the same`, async () => {
      const { graph, feeds } = graphOf(x, weight, attributes, isBiased);
      const session = await Session.create(graph, 2);
      const bindings = graph.inputs.map(({ name, value }) => ({
        name,
        dtype: value.dtype,
        shape: value.shape,
        data: Float32Array.from(feeds[name]!.data),
      }));
      const found = (await session.fetch(bindings, ['y'])).get('y');
      await session.release();
      const wanted = interpret(graph, feeds)['y']!;
      assert.equal(found?.length, sizeOf(wanted.shape));
      wanted.data.forEach((value, i) => {
        assert.ok(Math.abs(Number(found[i]) - value) < 1e-5, `y[${i}]: ${found[i]} for ${value}`);
      });
      assert.ok(domainsOf(encodeModel(graph, undefined, 8)).includes('com.microsoft.nchwc'));
    });
  }

  for (const [what, x, weight, attributes] of [
    ['channels that fill no block', [2, 12, 12, 10], [32, 12, 3, 3], plain],
    ['small pictures', [2, 16, 8, 8], [16, 16, 3, 3], plain],
    ['one tap', [2, 16, 12, 10], [16, 16, 1, 1], { ...plain, pads: [0, 0, 0, 0] }],
    ['dilation', [2, 16, 20, 20], [16, 16, 3, 3], { ...plain, dilations: [2, 2] }],
    ['groups', [2, 32, 12, 12], [32, 16, 3, 3], { ...plain, group: 2 }],
  ] as const) {
    it(`${what}: stay plain`, () => {
      const { graph } = graphOf(x, weight, attributes, false);
      assert.ok(!domainsOf(encodeModel(graph, undefined, 8)).includes('com.microsoft.nchwc'));
    });
  }

  it('have blocks of 8 or 16 channels, or none', async () => {
    const block = await blockSize(await loadRuntime());
    assert.ok(block === undefined || block === 8 || block === 16, String(block));
  });
});
