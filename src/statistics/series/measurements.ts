/** Most measurements that are kept of a run. */
const mostMeasurements = 256;

/**
 * What was measured now and then, ascending by step, with a new measurement: it takes the place of those of its own step and of later
 * ones, which the run has gone back from. Where they are too many, every second one is let go, never the new one.
 */
export function withMeasurement<T extends { readonly step: number }>(
  earlier: readonly T[],
  newest: T,
): readonly T[] {
  const all = [...earlier.filter(({ step }) => step < newest.step), newest];
  if (all.length <= mostMeasurements) return all;
  return all.filter((_, i) => i % 2 === 1 || i === all.length - 1);
}

/** The measurement nearest to a step, the newest one when none is given; undefined where nothing was measured. */
export function nearestMeasurement<T extends { readonly step: number }>(
  measurements: readonly T[],
  step?: number,
): T | undefined {
  if (step === undefined) return measurements.at(-1);
  const distance = (one: T): number => Math.abs(one.step - step);
  return measurements.reduce<T | undefined>(
    (best, one) => (best && distance(best) <= distance(one) ? best : one),
    undefined,
  );
}
