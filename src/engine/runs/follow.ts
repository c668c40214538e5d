import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { RunWriter } from '../../protocol/status.ts';
import { temporaryPrefix } from './durable.ts';
import { holderOf } from './lock.ts';
import { runPaths } from './manifest.ts';
import { isMarkedPaused } from './pausedMark.ts';
import { readMoreStatistics, type RecordedStatistics } from './statisticsFile.ts';

/** A run that a process trains at the moment. */
export interface HeldRun {
  readonly directory: string;
  readonly holder: RunWriter;
}

/** The runs in a folder that are being trained by whatever process, newest first. Never throws. */
export async function listHeldRuns(parent: string): Promise<readonly HeldRun[]> {
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
  const directories = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith(temporaryPrefix))
    .map(({ name }) => path.join(parent, name))
    .sort((a, b) => (a < b ? 1 : -1));
  const runs = await Promise.all(
    directories.map(async (directory) => ({ directory, holder: await holderOf(directory) })),
  );
  return runs.flatMap(({ directory, holder }) => (holder ? [{ directory, holder }] : []));
}

/** What a run that another process trains has done since it was looked at last. */
export interface RunProgress {
  /** Undefined when the run went another way since: all of it is to be read again. */
  readonly recorded: RecordedStatistics | undefined;
  /** Undefined when nobody trains it any more. */
  readonly holder: RunWriter | undefined;
  /** The holder does not train it at the moment. */
  readonly isPaused: boolean;
}

/**
 * What the run in `directory` has recorded since `position`, and who trains it. Throws `statistics-damaged`, `run-newer`, and what
 * reading throws, as for a run that was deleted.
 */
export async function readProgress(directory: string, position: number): Promise<RunProgress> {
  // In this order: what the holder wrote last is read after it has gone.
  const holder = await holderOf(directory);
  const recorded = await readMoreStatistics(runPaths(directory).statistics, position);
  return { recorded, holder, isPaused: isMarkedPaused(directory) };
}
