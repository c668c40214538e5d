import type { ScheduleSettings } from '../../language/settings.ts';

/**
 * Learning rate of step `step` (from 0) of `steps`: lr·(step + 1) / (warmup + 1) while step < warmup, then `lr`, or a half cosine
 * from `lr` at step = warmup to `cosineTo` at step = steps, and `cosineTo` from there on.
 */
export function learningRate(
  lr: number,
  schedule: ScheduleSettings,
  step: number,
  steps: number,
): number {
  const { warmup, cosineTo } = schedule;
  if (step < warmup) return (lr * (step + 1)) / (warmup + 1);
  if (cosineTo === undefined) return lr;
  if (step >= steps) return cosineTo;
  const progress = (step - warmup) / (steps - warmup);
  return cosineTo + 0.5 * (1 + Math.cos(Math.PI * progress)) * (lr - cosineTo);
}
