import * as l10n from '@vscode/l10n';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { NormscopeError } from '../../base/errors.ts';
import {
  bestCheckpoint,
  checkpointBefore,
  dropCheckpointsAfter,
  listCheckpoints,
  pruneCheckpoints,
  sweepTemporaries,
  writeCheckpoint,
  type Checkpoint,
} from '../runs/checkpoint.ts';
import { replaceFile, writeError } from '../runs/durable.ts';
import type { RunLock } from '../runs/lock.ts';
import { runPaths } from '../runs/manifest.ts';
import { markPaused } from '../runs/pausedMark.ts';
import {
  readLatestStatistics,
  readStatistics,
  StatisticsWriter,
  type StepStatistics,
  type ValidationStatistics,
} from '../runs/statisticsFile.ts';
import type { NonFiniteReport } from '../train/nonFinite.ts';
import type { Trainer } from '../train/trainer.ts';

/** Newest checkpoints that are kept; the one with the best validation loss stays besides. */
const checkpointsKept = 2;

/** The files of the run that this process trains. */
export class RunStore {
  readonly directory: string;
  private readonly lock: RunLock;
  private readonly statistics: StatisticsWriter;
  private best: { readonly step: number; readonly loss: number } | undefined;
  private validated: { readonly step: number; readonly loss: number } | undefined;
  private written: number | undefined;

  private constructor(directory: string, lock: RunLock, statistics: StatisticsWriter) {
    this.directory = directory;
    this.lock = lock;
    this.statistics = statistics;
  }

  /** The files of a new run. */
  static async create(
    directory: string,
    lock: RunLock,
    norms: readonly string[],
  ): Promise<RunStore> {
    const { statistics } = runPaths(directory);
    try {
      return new RunStore(directory, lock, await StatisticsWriter.create(statistics, norms));
    } catch (error) {
      throw writeError(l10n.t('The statistics'), directory, error);
    }
  }

  /** The files of a run that goes on after `step` steps. */
  static async resume(
    directory: string,
    lock: RunLock,
    norms: readonly string[],
    step: number,
  ): Promise<RunStore> {
    const { statistics, checkpoints } = runPaths(directory);
    await sweepTemporaries(checkpoints);
    try {
      const writer = await StatisticsWriter.resume(statistics, norms, step);
      const store = new RunStore(directory, lock, writer);
      store.best = await bestCheckpoint(checkpoints);
      store.written = step;
      return store;
    } catch (error) {
      if (error instanceof NormscopeError) throw error;
      throw writeError(l10n.t('The statistics'), directory, error);
    }
  }

  /** Steps of all checkpoints on the disk, ascending. */
  async checkpointSteps(): Promise<readonly number[]> {
    return (await listCheckpoints(runPaths(this.directory).checkpoints)).toReversed();
  }

  /** Step of the newest checkpoint. */
  get checkpointStep(): number | undefined {
    return this.written;
  }

  addStep(step: StepStatistics): void {
    this.statistics.addStep(step);
  }

  addValidation(validation: ValidationStatistics): void {
    this.validated = validation;
    this.statistics.addValidation(validation);
  }

  /** Whether the last validation was better than that of any checkpoint. */
  get hasNewBest(): boolean {
    return this.validated !== undefined && this.validated.loss < (this.best?.loss ?? Infinity);
  }

  /** Hands the statistics to the system. Throws what a failed write throws; nothing is lost then. */
  async flush(): Promise<void> {
    await this.statistics.flush();
  }

  /**
   * Writes a checkpoint of the trainer as it is, statistics first, and returns its directory when a crash of the machine would not
   * harm it. Throws what a failed write throws; the older checkpoints are untouched then.
   */
  async checkpoint(trainer: Trainer): Promise<string> {
    const { step } = trainer;
    const { checkpoints } = runPaths(this.directory);
    await this.statistics.sync();
    const validation = this.validated?.step === step ? this.validated : undefined;
    const facts = {
      step,
      parametersHash: trainer.parametersHash(),
      ...(validation && { validationLoss: validation.loss }),
    };
    const directory = await writeCheckpoint(checkpoints, facts, trainer.tensors());
    this.written = step;
    if (validation && this.hasNewBest) this.best = validation;
    await pruneCheckpoints(checkpoints, checkpointsKept, this.best?.step);
    return directory;
  }

  /** What was recorded of each step so far. */
  async history(): Promise<readonly StepStatistics[]> {
    await this.statistics.flush();
    return (await readStatistics(runPaths(this.directory).statistics)).steps;
  }

  /** Loss of the last step that was handed to the system; NaN before the first. */
  async lastLoss(): Promise<number> {
    const { step } = await readLatestStatistics(runPaths(this.directory).statistics);
    return step?.loss ?? NaN;
  }

  /** The newest intact checkpoint that is not after `step`. */
  checkpointBefore(step: number): Promise<Checkpoint | undefined> {
    return checkpointBefore(runPaths(this.directory).checkpoints, step);
  }

  /** Forgets what the run did from step `step` on: it goes another way from there. */
  async rewind(step: number): Promise<void> {
    const { checkpoints } = runPaths(this.directory);
    await this.statistics.rewind(step);
    await dropCheckpointsAfter(checkpoints, step);
    this.best = await bestCheckpoint(checkpoints);
    if (this.written !== undefined && this.written > step) this.written = undefined;
    if (this.validated && this.validated.step > step) this.validated = undefined;
  }

  /** Saves what is known of the first value that is not finite. Throws what a failed write throws. */
  async saveReport(report: NonFiniteReport): Promise<void> {
    const file = runPaths(this.directory).nonFiniteReport;
    try {
      await replaceFile(file, `${JSON.stringify(report, null, 2)}\n`);
    } catch (error) {
      throw writeError(l10n.t('The report'), file, error);
    }
  }

  /** Tells those who follow the run whether it stands still. */
  markPaused(isPaused: boolean): void {
    markPaused(this.directory, isPaused);
  }

  /** Gives the run back. */
  async close(): Promise<void> {
    markPaused(this.directory, false);
    await this.statistics.close();
    await this.lock.release();
  }
}

/** Removes the folder of a run that was made and could not be begun. */
export async function removeRun(directory: string): Promise<void> {
  await rm(path.resolve(directory), { recursive: true, force: true });
}
