import fc from 'fast-check';
import { RandomStream } from '../../../src/base/random.ts';
import { sizeOf, type DType, type Shape } from '../../../src/compiler/graph/types.ts';
import { oracleTensor, type OracleTensor } from './tensor.ts';

/** How the elements of a random tensor are drawn. */
export type Domain = (random: RandomStream) => number;

/** Standard normal, rounded to float32 so that runtime and oracle start from the same numbers. */
export function normal(random: RandomStream): number {
  return Math.fround(random.nextNormal());
}

/** In [0.3, 2.3): for logarithms and roots. */
export function positive(random: RandomStream): number {
  return Math.fround(0.3 + 2 * random.nextUniform());
}

/** Of either sign, at least 0.3 from 0: for divisors, and for functions with a kink at 0. */
export function awayFromZero(random: RandomStream): number {
  return (random.nextBelow(2) === 0 ? 1 : -1) * positive(random);
}

/** -1, 0 or 1: many equal pairs. */
export function few(random: RandomStream): number {
  return random.nextBelow(3) - 1;
}

export function bit(random: RandomStream): number {
  return random.nextBelow(2);
}

/** An index below `bound`; small bounds repeat indices. */
export function indexBelow(bound: number): Domain {
  return (random) => random.nextBelow(bound);
}

export const size = fc.integer({ min: 1, max: 4 });

/** Shapes of at least `low` and at most `high` axes. */
export function shapes(low: number, high: number): fc.Arbitrary<Shape> {
  return fc.array(size, { minLength: low, maxLength: high });
}

/** Tensors of this shape; shrinking makes the shape smaller and leaves the numbers random. */
export function tensors(
  shape: Shape,
  domain: Domain = normal,
  dtype: DType = 'float32',
): fc.Arbitrary<OracleTensor> {
  return fc.nat().map((seed) => {
    const random = new RandomStream(seed, 'case');
    return oracleTensor(
      dtype,
      shape,
      Array.from({ length: sizeOf(shape) }, () => domain(random)),
    );
  });
}

/** `count` shapes that broadcast against each other: each has some axes of size 1 and some leading axes missing. */
export function broadcastable(count: number, highestRank = 3): fc.Arbitrary<readonly Shape[]> {
  return shapes(0, highestRank).chain((full) => {
    const operand = fc
      .tuple(
        fc.array(fc.boolean(), { minLength: full.length, maxLength: full.length }),
        fc.nat({ max: full.length }),
      )
      .map(([flat, missing]) => full.map((n, axis) => (flat[axis] ? 1 : n)).slice(missing));
    return fc.array(operand, { minLength: count, maxLength: count });
  });
}

/** A shape together with one of its axes, counted from either end. */
export function shapeWithAxis(
  low: number,
  high: number,
): fc.Arbitrary<{ readonly shape: Shape; readonly axis: number }> {
  return shapes(low, high).chain((shape) =>
    fc.integer({ min: -shape.length, max: shape.length - 1 }).map((axis) => ({ shape, axis })),
  );
}
