/** How values that fall into one bucket become one value. */
export type Reduction = 'mean' | 'min' | 'max';

/**
 * `merge(a, weightA, b, weightB)`: one value for two buckets. A mean with a non-finite part is non-finite, so that the gap
 * shows; extremes pass over NaN, so that the finite range stays visible.
 */
export function merge(
  reduction: Reduction,
  a: number,
  weightA: number,
  b: number,
  weightB: number,
): number {
  if (reduction === 'mean') return a + ((b - a) * weightB) / (weightA + weightB);
  if (Number.isNaN(a)) return b;
  if (Number.isNaN(b)) return a;
  return reduction === 'min' ? Math.min(a, b) : Math.max(a, b);
}
