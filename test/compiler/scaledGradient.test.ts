import assert from 'node:assert/strict';
import { inputGradient, weightGradient } from '../../src/compiler/ops/convolutionGradients.ts';
import { mul, reshape } from '../../src/compiler/ops/expressions.ts';
import { newGraph } from '../../src/compiler/ops/registry.ts';
import { scaledGradient } from '../../src/compiler/ops/scaledGradient.ts';
import { randomFeeds } from './oracle/examples.ts';
import { interpret } from './oracle/interpreter.ts';

const window = { kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1] } as const;

/** A gradient of 3 channels that was scaled with one factor for each, as a norm's gradient is. */
function scaledChannels() {
  const g = newGraph();
  const upstream = g.input('upstream', 'float32', [2, 3, 8, 8]);
  const factors = g.input('factors', 'float32', [3]);
  const weight = g.input('weight', 'float32', [3, 2, 3, 3]);
  const product = mul(g, reshape(g, upstream, [2, 3, 64]), reshape(g, factors, [3, 1]));
  return { g, upstream, weight, dy: reshape(g, product, [2, 3, 8, 8]) };
}

describe('a gradient whose channels are scaled before a convolution takes it', () => {
  it('scales the kernel instead, with the same gradients (float64, 1e-9)', () => {
    const { g, weight, dy } = scaledChannels();
    const x = g.input('x', 'float32', [2, 2, 8, 8]);
    const { rest, scaled } = scaledGradient(g, dy, weight);
    assert.notEqual(rest, dy);
    const outputs = {
      dx: inputGradient(g, rest, scaled(weight), x.shape, window, 1),
      dxPlain: inputGradient(g, dy, weight, x.shape, window, 1),
      dw: scaled(weightGradient(g, x, rest, window, 1)),
      dwPlain: weightGradient(g, x, dy, window, 1),
    };
    const ports = Object.entries(outputs).map(([name, value]) => ({ name, value }));
    const found = interpret(g.build('gradients', ports), randomFeeds(g, 3));
    for (const name of ['dx', 'dw']) {
      found[name]!.data.forEach((value, at) => {
        const off = Math.abs(value - Number(found[`${name}Plain`]!.data[at]));
        assert.ok(off < 1e-9, `${name}[${at}] is off by ${off}`);
      });
    }
  });

  it('stays as it is where the kernel is not much smaller, or where something else made it', () => {
    const { g, upstream, weight, dy } = scaledChannels();
    const large = g.input('large', 'float32', [3, 5, 3, 3]);
    assert.equal(scaledGradient(g, dy, large).rest, dy);
    assert.equal(scaledGradient(g, upstream, weight).rest, upstream);
    const plain = mul(g, upstream, upstream);
    assert.equal(scaledGradient(g, plain, weight).rest, plain);
    assert.equal(scaledGradient(g, plain, weight).scaled(weight), weight);
  });
});
