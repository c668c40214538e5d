import { watch, type FSWatcher } from 'node:fs';
import { Emitter, type Disposable } from '../base/lifetime.ts';
import { runPaths } from '../engine/runs/manifest.ts';
import type { RunInfo, StatusEvent } from '../protocol/engine.ts';
import type { RunWriter } from '../protocol/status.ts';
import type { ViewRun } from '../protocol/view.ts';
import type { LanguageClient } from './languageClient.ts';
import type { RunProgress, StoredRun } from './languageMethods.ts';
import { recordOf, storedStatus } from './pastRuns.ts';
import type { RunDelta, RunRecord } from './run.ts';

/** Milliseconds between a change of the statistics file and the look at it. */
const shortestPause = 100;
/** Between two looks where the file system tells nothing, and until it is seen that the writer has gone. */
const longestPause = 1000;

/** What reads a run's files. */
type RunReader = Pick<LanguageClient, 'readProgress' | 'readRun'>;

/** A run that another process trains, as this window follows it. It ends with its writer; what it brought stays. */
export class FollowedRun implements Disposable {
  private readonly client: RunReader;
  private stored: StoredRun;
  private holder: RunWriter | undefined;
  private runRecord: RunRecord;
  private currentStatus: StatusEvent;
  private position: number;
  private heardAt = performance.now();
  private watcher: FSWatcher | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** When the next look is due. */
  private due = Infinity;
  private isLooking = false;
  private isDisposed = false;
  private readonly deltas = new Emitter<RunDelta>();
  private readonly changes = new Emitter<null>();
  /** More of the run. */
  readonly onDelta = this.deltas.on;
  /** It has to be shown anew: its writer has gone, or it went another way. */
  readonly onDidChange = this.changes.on;

  constructor(client: RunReader, stored: StoredRun, holder: RunWriter) {
    this.client = client;
    this.stored = stored;
    this.holder = holder;
    this.runRecord = recordOf(stored.info, stored.history);
    this.position = stored.history.end;
    this.currentStatus = { state: 'training', step: stored.summary.step, stepsPerSecond: 0 };
    this.watch();
    this.later(shortestPause);
  }

  get info(): RunInfo {
    return this.stored.info;
  }

  get modelText(): string {
    return this.stored.modelText;
  }

  get record(): RunRecord {
    return this.runRecord;
  }

  get status(): StatusEvent {
    return this.currentStatus;
  }

  /** Who trains it; undefined when nobody does any more. */
  get writer(): RunWriter | undefined {
    return this.holder;
  }

  view(): ViewRun {
    const [checkpoint] = this.stored.summary.checkpoints;
    const canGoOn = !this.holder && this.stored.summary.state !== 'finished';
    return {
      info: this.info,
      status: this.currentStatus,
      history: this.runRecord.series.snapshot(),
      validations: this.runRecord.validations,
      ...(this.holder && { writer: this.holder }),
      ...(canGoOn && checkpoint !== undefined && { resumable: { step: checkpoint } }),
    };
  }

  dispose(): void {
    this.isDisposed = true;
    this.watcher?.close();
    clearTimeout(this.timer);
    this.deltas.dispose();
    this.changes.dispose();
  }

  private watch(): void {
    try {
      const file = runPaths(this.info.directory).statistics;
      this.watcher = watch(file, { persistent: false }, () => this.later(shortestPause));
      // A folder that is gone is noticed at the next look.
      this.watcher.on('error', () => this.watcher?.close());
    } catch {
      // Some file systems cannot be watched; the timer looks all the same.
    }
  }

  private later(pause: number): void {
    if (this.isDisposed || this.isLooking) return;
    const due = performance.now() + pause;
    // A file that changes all the time must not put the look off for ever.
    if (due >= this.due) return;
    this.due = due;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.look(), pause);
  }

  private async look(): Promise<void> {
    this.isLooking = true;
    this.due = Infinity;
    const { directory } = this.info;
    // A worker that died is replaced at the next look.
    const progress = await this.client.readProgress(directory, this.position).catch(() => null);
    this.isLooking = false;
    if (this.isDisposed) return;
    const isSame = progress?.isRewound === false && progress.writer?.pid === this.holder?.pid;
    if (isSame) this.accept(progress);
    else await this.readAnew(progress);
    if (this.holder) this.later(longestPause);
  }

  private accept({ steps, validations, end, isPaused }: RunProgress): void {
    const now = performance.now();
    const seconds = (now - this.heardAt) / 1000;
    this.position = end;
    const state = stateOf(isPaused);
    const isNews = state !== this.currentStatus.state;
    if (isNews || steps) this.heardAt = now;
    if (isNews) this.currentStatus = { ...this.currentStatus, state, stepsPerSecond: 0 };
    if (steps) {
      const count = steps.loss.length;
      this.runRecord.series.append(steps);
      const stepsPerSecond = isPaused ? 0 : count / seconds;
      this.currentStatus = { state, step: steps.first + count, stepsPerSecond };
      this.deltas.fire({ steps, status: this.currentStatus });
    } else if (isNews) this.deltas.fire({ status: this.currentStatus });
    for (const validation of validations) {
      this.runRecord.validations = [...this.runRecord.validations, validation];
      this.deltas.fire({ validation });
    }
  }

  private async readAnew(progress: RunProgress | null): Promise<void> {
    const writer = progress?.writer;
    const { directory, modelPath } = this.info;
    const stored = await this.client.readRun(directory, modelPath).catch(() => null);
    if (this.isDisposed) return;
    this.holder = stored === null ? undefined : writer;
    if (stored !== null) {
      this.stored = stored;
      this.runRecord = recordOf(stored.info, stored.history);
      this.position = stored.history.end;
      const { step } = stored.summary;
      this.currentStatus = writer
        ? { state: stateOf(progress.isPaused), step, stepsPerSecond: 0 }
        : storedStatus(stored.summary);
    } else {
      const { step } = this.currentStatus;
      this.currentStatus = { state: 'ended', step, stepsPerSecond: 0 };
    }
    this.changes.fire(null);
  }
}

function stateOf(isPaused: boolean): 'paused' | 'training' {
  return isPaused ? 'paused' : 'training';
}
