import * as l10n from '@vscode/l10n';
import { counted } from '../../base/counts.ts';
import type { BufferSpec } from '../../compiler/passes/programs.ts';
import { runningDistance, type RunningDistance } from '../../statistics/channels.ts';

/** How far the running statistics of one norm are from those of a batch. */
export interface RunningGap {
  readonly path: string;
  readonly distance: RunningDistance;
}

/** What PyTorch adds to a variance by default: a floor for channels that hardly vary. */
const floor = 1e-5;
/** Distances from which on the running statistics are another norm than the batch's. */
const farMean = 1;
const farVariance = 3;
/** A validation loss that is so much higher than the training loss wants an explanation. */
const largeFactor = 1.5;
const largeDifference = 0.1;

/** Distances of all norms with running statistics; `values` are the buffers in the order of `specs`, `statistics` of a batch. */
export function runningGaps(
  specs: readonly BufferSpec[],
  values: readonly Float32Array[],
  statistics: Float32Array,
): readonly RunningGap[] {
  const indices = new Map(specs.map(({ path }, index) => [path, index]));
  const of = (path: string) => {
    const index = indices.get(path);
    const average = index === undefined ? undefined : specs[index]?.average;
    const running = index === undefined ? undefined : values[index];
    if (average === undefined || running === undefined) return undefined;
    const { offset, factor } = average;
    const batch = statistics.subarray(offset, offset + running.length);
    return { running, batch: batch.map((value) => value * factor) };
  };
  return specs.flatMap(({ path: buffer }) => {
    const path = /^(.*)\.running_mean$/.exec(buffer)?.[1];
    if (path === undefined) return [];
    const mean = of(buffer);
    const variance = of(`${path}.running_var`);
    if (!mean || !variance) return [];
    const batch = { mean: mean.batch, var: variance.batch };
    const running = { mean: mean.running, var: variance.running };
    return [{ path, distance: runningDistance(batch, running, floor) }];
  });
}

/** Why evaluation does so much worse than training, where running statistics are the likely reason; undefined elsewhere. */
export function explainEvaluation(
  trainingLoss: number,
  validationLoss: number,
  gaps: readonly RunningGap[],
): string | undefined {
  const isLarge =
    validationLoss > largeFactor * trainingLoss && validationLoss > trainingLoss + largeDifference;
  if (!isLarge) return undefined;
  const far = gaps.filter(
    ({ distance: { mean, variance } }) => !(mean <= farMean && variance <= farVariance),
  );
  const [worst] = [...far].sort((a, b) => severity(b) - severity(a));
  if (worst === undefined) return undefined;
  const { mean, variance } = worst.distance;
  return l10n.t(
    "The validation loss {0} is far above the training loss {1}. Evaluation normalizes by running statistics, and in {2} of {3} these are far from the batch's: in {4} the means are off by {5} standard deviations, the variances by a factor of {6}. They follow with more steps; if they never do, use larger batches, a larger momentum, or a norm without them, such as GroupNorm.",
    short(validationLoss),
    short(trainingLoss),
    far.length,
    counted.norms(gaps.length),
    worst.path,
    short(mean),
    short(variance),
  );
}

function severity({ distance: { mean, variance } }: RunningGap): number {
  return mean / farMean + Math.log(variance) / Math.log(farVariance);
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
