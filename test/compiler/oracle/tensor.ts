import { sizeOf, type DType, type Shape } from '../../../src/compiler/graph/types.ts';

/** A tensor of the oracle: every element type is held in doubles; booleans are 0 and 1. */
export interface OracleTensor {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: Float64Array;
}

export function oracleTensor(
  dtype: DType,
  shape: Shape,
  data: ArrayLike<number> | ((index: number) => number),
): OracleTensor {
  const at = typeof data === 'function' ? data : (index: number): number => data[index]!;
  return { dtype, shape, data: Float64Array.from({ length: sizeOf(shape) }, (_, i) => at(i)) };
}

/** Coordinates of the element at `index` of a tensor of this shape in row-major order. */
export function coordinates(index: number, shape: Shape): number[] {
  const result = new Array<number>(shape.length);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis]!;
    result[axis] = index % size;
    index = Math.floor(index / size);
  }
  return result;
}

/** Where the element at these coordinates lies; coordinates of the axes that are broadcast are taken as 0, missing leading axes ignored. */
export function position(at: readonly number[], shape: Shape): number {
  const shift = at.length - shape.length;
  return shape.reduce((sum, size, axis) => sum * size + (size === 1 ? 0 : at[axis + shift]!), 0);
}

/** Applies `f` to the operands broadcast against each other (`shape` is the result's). */
export function mapBroadcast(
  dtype: DType,
  shape: Shape,
  operands: readonly OracleTensor[],
  f: (...values: number[]) => number,
): OracleTensor {
  return oracleTensor(dtype, shape, (index) => {
    const at = coordinates(index, shape);
    return f(...operands.map((operand) => operand.data[position(at, operand.shape)]!));
  });
}

export function normalize(axis: number, shape: Shape): number {
  return axis < 0 ? axis + shape.length : axis;
}

/** [product of the sizes before `axis`, its size, product of the sizes after it]. */
export function around(axis: number, shape: Shape): readonly [number, number, number] {
  return [sizeOf(shape.slice(0, axis)), shape[axis]!, sizeOf(shape.slice(axis + 1))];
}
