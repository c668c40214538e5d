import path from 'node:path';
import { columnsOf } from '../engine/main/publisher.ts';
import { listHeldRuns, readProgress } from '../engine/runs/follow.ts';
import { summarizeRun } from '../engine/runs/summary.ts';
import type { HeldRun, RunProgress } from './languageMethods.ts';

/** The newest run of a model file that some process trains; null when there is none. For the worker thread. */
export async function findHeldRun(modelPath: string): Promise<HeldRun | null> {
  const parent = path.join(path.dirname(modelPath), '.normscope', 'runs');
  for (const { directory, holder } of await listHeldRuns(parent)) {
    const summary = await summarizeRun(directory);
    if (summary?.modelFile === path.basename(modelPath)) return { directory, writer: holder };
  }
  return null;
}

/** What a run has recorded since `position`; null when it cannot be read any more. For the worker thread. */
export async function readRunProgress(request: {
  readonly directory: string;
  readonly position: number;
}): Promise<RunProgress | null> {
  try {
    const { recorded, holder, isPaused } = await readProgress(request.directory, request.position);
    const { steps = [], validations = [], end = 0 } = recorded ?? {};
    return {
      isRewound: recorded === undefined,
      writer: holder,
      isPaused,
      steps: steps.length === 0 ? undefined : columnsOf(steps),
      validations,
      end,
    };
  } catch {
    return null;
  }
}
