import type * as vscode from 'vscode';
import { Emitter, type Disposable } from '../base/lifetime.ts';
import type { RunInfo, StatusEvent } from '../protocol/engine.ts';
import type { ViewRun } from '../protocol/view.ts';
import { RunSeries } from '../statistics/series/runSeries.ts';
import type { LanguageClient } from './languageClient.ts';
import type { RunHistory } from './languageMethods.ts';
import type { RunRecord } from './run.ts';

const memoryKey = 'normscope.latestRun';

/** What the workspace remembers of its newest run. */
interface Remembered {
  readonly info: RunInfo;
  readonly modelText: string;
}

/** The newest run of an earlier session of this window, read back from its folder. */
export interface PastRun extends Remembered {
  readonly record: RunRecord;
  readonly view: ViewRun;
}

/** Keeps a run in sight across reloads of the window. */
export class PastRuns implements Disposable {
  private readonly client: LanguageClient;
  private readonly memory: vscode.Memento;
  private loading: Promise<PastRun | undefined> | undefined;
  private loaded: PastRun | undefined;
  private readonly changes = new Emitter<null>();
  /** A run was read back. */
  readonly onDidChange = this.changes.on;

  constructor(client: LanguageClient, memory: vscode.Memento) {
    this.client = client;
    this.memory = memory;
  }

  /** The run, if it was read already. */
  get latest(): PastRun | undefined {
    return this.loaded;
  }

  /** Notes the run that this window is at. */
  remember(info: RunInfo, modelText: string): void {
    void this.memory.update(memoryKey, { info, modelText } satisfies Remembered);
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
  const { info } = remembered;
  const record: RunRecord = {
    series: new RunSeries(info.norms.length),
    validations: history.validations,
  };
  for (const batch of history.batches) record.series.append(batch);
  const step = (record.series.lastStep ?? -1) + 1;
  const status: StatusEvent = { state: 'ended', step, stepsPerSecond: 0 };
  const { checkpoint } = history;
  const isUnfinished = checkpoint !== undefined && checkpoint < info.steps;
  const view: ViewRun = {
    info,
    status,
    history: history.batches,
    validations: history.validations,
    ...(isUnfinished && { resumable: { step: checkpoint } }),
  };
  return { ...remembered, record, view };
}
