import * as l10n from '@vscode/l10n';
import type * as vscode from 'vscode';
import { NormscopeError } from '../base/errors.ts';
import { Emitter, type Disposable } from '../base/lifetime.ts';
import type { RunSummary } from '../engine/runs/summary.ts';
import type { EndEvent, RunInfo, StatusEvent } from '../protocol/engine.ts';
import type { ViewRun } from '../protocol/view.ts';
import { RunSeries } from '../statistics/series/runSeries.ts';
import type { LanguageClient } from './languageClient.ts';
import type { RunHistory } from './languageMethods.ts';
import type { Run, RunRecord } from './run.ts';

const memoryKey = 'normscope.latestRun';

/** What the workspace remembers of its newest run. */
interface Remembered {
  readonly info: RunInfo;
  readonly modelText: string;
  /** How it ended; absent while it is open, and for one that was open when the window was closed. */
  readonly status?: StatusEvent;
  readonly end?: EndEvent;
}

/** A run of an earlier session or of another program, read back from its folder. */
export interface PastRun extends Remembered {
  readonly record: RunRecord;
  view(): ViewRun;
}

/** Keeps a run in sight across reloads of the window. */
export class PastRuns implements Disposable {
  private readonly client: LanguageClient;
  private readonly memory: vscode.Memento;
  private loading: Promise<PastRun | undefined> | undefined;
  private loaded: PastRun | undefined;
  private chosenRun: PastRun | undefined;
  private readonly changes = new Emitter<null>();
  /** A run was read back, or another one is chosen. */
  readonly onDidChange = this.changes.on;

  constructor(client: LanguageClient, memory: vscode.Memento) {
    this.client = client;
    this.memory = memory;
  }

  /** The run, if it was read already. */
  get latest(): PastRun | undefined {
    return this.loaded;
  }

  /** The run that is looked at instead of the newest one. */
  get chosen(): PastRun | undefined {
    return this.chosenRun;
  }

  /**
   * Reads a run of the model file `modelPath` to look at it, or goes back to the newest one.
   * @throws NormscopeError `run-unreadable`
   */
  async choose(directory: string, modelPath: string): Promise<void> {
    const stored = await this.client.readRun(directory, modelPath);
    if (stored === null) {
      throw new NormscopeError(
        'environment',
        'run-unreadable',
        l10n.t('{0} cannot be read: it was deleted, or its files are damaged.', directory),
      );
    }
    const { info, modelText, history, summary } = stored;
    this.chosenRun = pastRun({ info, modelText, status: storedStatus(summary) }, history);
    this.changes.fire(null);
  }

  /** Goes back to the newest run. */
  unchoose(): void {
    if (this.chosenRun === undefined) return;
    this.chosenRun = undefined;
    this.changes.fire(null);
  }

  /** Notes the run that this window is at, and how it ended. */
  remember({ info, request, status, isOpen, end, lost }: Run): void {
    const { modelText } = request;
    const isOver = !isOpen && lost === undefined;
    const remembered: Remembered = {
      info,
      modelText,
      ...(isOver && { status, ...(end && { end }) }),
    };
    void this.memory.update(memoryKey, remembered);
  }

  /** Reads the run that this window was at when it was closed; undefined when there is none any more. */
  load(): Promise<PastRun | undefined> {
    return (this.loading ??= this.read());
  }

  dispose(): void {
    this.changes.dispose();
  }

  private async read(): Promise<PastRun | undefined> {
    const remembered = this.memory.get<Remembered>(memoryKey);
    if (remembered === undefined) return undefined;
    const history = await this.client.readHistory(remembered.info.directory);
    if (history === null) return undefined;
    this.loaded = pastRun(remembered, history);
    this.changes.fire(null);
    return this.loaded;
  }
}

function pastRun(remembered: Remembered, history: RunHistory): PastRun {
  const { info, status, end } = remembered;
  const record = recordOf(info, history);
  const { checkpoint } = history;
  const step = (record.series.lastStep ?? -1) + 1;
  return {
    ...remembered,
    record,
    view: () => ({
      info,
      status: status ?? interrupted(step),
      history: history.batches,
      validations: history.validations,
      ...(end && { end }),
      ...(status === undefined && checkpoint !== undefined && { resumable: { step: checkpoint } }),
    }),
  };
}

/** What a run has left, as a run of this window keeps it. */
export function recordOf(info: RunInfo, history: RunHistory): RunRecord {
  const series = new RunSeries(info.norms.length);
  for (const batch of history.batches) series.append(batch);
  return { series, validations: history.validations };
}

/** How a run ended whose end nobody of this window has seen. */
export function storedStatus({ state, step, id }: RunSummary): StatusEvent {
  if (state === 'finished') return { state: 'ended', step, stepsPerSecond: 0 };
  if (state === 'failed') {
    const message = l10n.t('The run {0} met a value that is not finite at step {1}.', id, step);
    const error = { kind: 'rule', code: 'non-finite', message } as const;
    return { state: 'failed', step, stepsPerSecond: 0, error };
  }
  // Trained by somebody else, or stopped on the way: it does not go on in this window by itself.
  return { state: 'ended', step, stepsPerSecond: 0 };
}

function interrupted(step: number): StatusEvent {
  const message = l10n.t('The window was closed, or its engine was lost, at step {0}.', step);
  const error = { kind: 'environment', code: 'interrupted', message } as const;
  return { state: 'failed', step, stepsPerSecond: 0, error };
}
