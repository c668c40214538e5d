import type { GraphBuilder } from '../graph/builder.ts';
import { broadcastAxes } from '../graph/shapes.ts';
import { sameShape, sizeOf, type Shape, type Value } from '../graph/types.ts';

/** `a + b` with NumPy's broadcasting, appended to `g`; the siblings below likewise. */
export function add(g: GraphBuilder, a: Value, b: Value): Value {
  return g.op('Add', [a, b]);
}

export function sub(g: GraphBuilder, a: Value, b: Value): Value {
  return g.op('Sub', [a, b]);
}

export function mul(g: GraphBuilder, a: Value, b: Value): Value {
  return g.op('Mul', [a, b]);
}

/** `a * number`; `a` itself when the number is 1. */
export function scale(g: GraphBuilder, a: Value, number: number): Value {
  return number === 1 ? a : g.op('Mul', [a, g.scalar(number)]);
}

export function negate(g: GraphBuilder, a: Value): Value {
  return g.op('Neg', [a]);
}

/** `a` seen with another shape of as many elements; `a` itself when it has that shape. */
export function reshape(g: GraphBuilder, a: Value, shape: Shape): Value {
  return sameShape(a.shape, shape) ? a : g.op('Reshape', [a], { shape });
}

export function transpose(g: GraphBuilder, a: Value, perm: readonly number[]): Value {
  return g.op('Transpose', [a], { perm });
}

/** `a` with its last two axes exchanged. */
export function transposeLast(g: GraphBuilder, a: Value): Value {
  const perm = a.shape.map((_, axis) => axis);
  perm.push(...perm.splice(-2).reverse());
  return transpose(g, a, perm);
}

export function reduceSum(
  g: GraphBuilder,
  a: Value,
  axes: readonly number[],
  keepdims: 0 | 1,
): Value {
  return axes.length === 0 ? a : g.op('ReduceSum', [a], { axes, keepdims });
}

export function reduceMean(
  g: GraphBuilder,
  a: Value,
  axes: readonly number[],
  keepdims: 0 | 1,
): Value {
  return axes.length === 0 ? a : g.op('ReduceMean', [a], { axes, keepdims });
}

/** The sum over the rows of [rows, columns] as [columns], as a product with ones: the runtime's reduction over the first axis is slower. */
export function columnSum(g: GraphBuilder, a: Value): Value {
  const [rows = 1, columns = 1] = a.shape;
  return reshape(g, g.op('MatMul', [g.full([1, rows], 1), a]), [columns]);
}

/** Sums a gradient over the axes along which a value of `shape` was broadcast, back to that shape. */
export function sumTo(g: GraphBuilder, a: Value, shape: Shape): Value {
  const axes = broadcastAxes(shape, a.shape);
  if (sizeOf(a.shape) === sizeOf(shape)) return reshape(g, a, shape);
  const columns = sizeOf(shape);
  const leading = axes.every((axis, index) => axis === index);
  if (leading && columns > 1 && a.dtype === 'float32') {
    return reshape(g, columnSum(g, reshape(g, a, [sizeOf(a.shape) / columns, columns])), shape);
  }
  return reshape(g, reduceSum(g, a, axes, 0), shape);
}

/** Options of a matrix product, as in the runtime's FusedMatMul. */
export interface ProductOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly alpha?: number;
}

/**
 * `alpha * op(a) · op(b)` over the last two axes. A transposed first operand is made by transposing the smaller of the two
 * operands: the runtime's product with a transposed first operand runs at four fifths of its speed.
 */
export function product(g: GraphBuilder, a: Value, b: Value, options: ProductOptions = {}): Value {
  const { transA = false, transB = false, alpha = 1 } = options;
  if (transA && !transB && a.shape.length === 2 && b.shape.length === 2) {
    if (sizeOf(a.shape) <= sizeOf(b.shape)) return product(g, transposeLast(g, a), b, { alpha });
    return transposeLast(g, product(g, transposeLast(g, b), a, { alpha }));
  }
  if (!transA && !transB && alpha === 1) return g.op('MatMul', [a, b]);
  return g.op('FusedMatMul', [a, b], { transA: transA ? 1 : 0, transB: transB ? 1 : 0, alpha });
}
