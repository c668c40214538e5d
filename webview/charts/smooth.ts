/**
 * Exponential moving average with `weight` on what was before (0: none), divided by the sum of its weights so that it begins at
 * the first value (as the bias correction of Adam). What is not a number is passed over and leaves a gap.
 */
export function smoothed(values: readonly number[], weight: number): readonly number[] {
  if (weight === 0) return values;
  let sum = 0;
  let mass = 0;
  return values.map((value) => {
    if (!Number.isFinite(value)) return NaN;
    sum = weight * sum + (1 - weight) * value;
    mass = weight * mass + (1 - weight);
    return sum / mass;
  });
}
