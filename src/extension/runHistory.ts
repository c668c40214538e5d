import { listCheckpoints } from '../engine/runs/checkpoint.ts';
import { readManifest, runPaths } from '../engine/runs/manifest.ts';
import { readStatistics } from '../engine/runs/statisticsFile.ts';
import { RunSeries } from '../statistics/series/runSeries.ts';
import type { RunHistory } from './languageMethods.ts';

/** Reads what a run has left in its folder; null when there is no readable run any more. For the worker thread. */
export async function readRunHistory(directory: string): Promise<RunHistory | null> {
  try {
    await readManifest(directory);
    const { statistics, checkpoints } = runPaths(directory);
    const { norms, steps, validations, end } = await readStatistics(statistics);
    const series = new RunSeries(norms.length);
    for (const { step, loss, accuracy, lr, gradNorm, norms: numbers } of steps) {
      series.append({
        first: step,
        loss: Float64Array.of(loss),
        ...(accuracy !== undefined && { accuracy: Float64Array.of(accuracy) }),
        lr: Float64Array.of(lr),
        gradNorm: Float64Array.of(gradNorm),
        norms: numbers,
      });
    }
    const [checkpoint] = await listCheckpoints(checkpoints);
    return {
      batches: series.snapshot(),
      validations,
      end,
      ...(checkpoint !== undefined && { checkpoint }),
    };
  } catch {
    return null;
  }
}
