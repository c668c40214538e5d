import type { GraphBuilder } from '../graph/builder.ts';
import { axisSize } from '../graph/shapes.ts';
import { sameShape, sizeOf, type Node, type Value } from '../graph/types.ts';
import { mul, reshape } from './expressions.ts';

/** How many times larger than the kernel a gradient must be for scaling the kernel twice to be worth it. */
const worthIt = 3;

/** A gradient towards a convolution's output without the factors of its channels, and what gives them to a kernel. */
export interface ScaledGradient {
  readonly rest: Value;
  /** A kernel, or the gradient of a kernel or bias, with the factors of its outputs, which are its first axis. */
  readonly scaled: (value: Value) => Value;
}

/**
 * The norm that reads a convolution scales the channels of its gradient last. Both gradients of the convolution are linear in it,
 * so the small kernel is scaled instead of the large picture: where `dy` was made that way, and `dy` as it is elsewhere.
 */
export function scaledGradient(g: GraphBuilder, dy: Value, weight: Value): ScaledGradient {
  const asItIs = { rest: dy, scaled: (value: Value) => value };
  const last = makerOf(g, dy);
  const made = last?.op === 'Reshape' ? makerOf(g, last.inputs[0]) : last;
  const [rest, factors] = made?.inputs ?? [];
  if (made?.op !== 'Mul' || !rest || !factors) return asItIs;
  const channels = axisSize(dy.shape, 1);
  const isPerChannel =
    rest.shape.length === 3 &&
    rest.shape[1] === channels &&
    sameShape(factors.shape, [channels, 1]);
  if (!isPerChannel || sizeOf(dy.shape) < worthIt * sizeOf(weight.shape)) return asItIs;
  const scaled = (value: Value): Value => {
    const shape = value.shape.map((size, axis) => (axis === 0 ? size : 1));
    return mul(g, value, reshape(g, factors, shape));
  };
  return { rest: reshape(g, rest, dy.shape), scaled };
}

function makerOf(g: GraphBuilder, value: Value | undefined): Node | undefined {
  return value && g.nodes.findLast(({ outputs }) => outputs.includes(value));
}
