import * as vscode from 'vscode';
import { DisposableStore, Emitter, toDisposable, type Disposable } from '../base/lifetime.ts';
import type { ActiveModel } from './activeModel.ts';
import { FollowedRun } from './followedRun.ts';
import type { LanguageClient } from './languageClient.ts';
import type { RunDelta } from './run.ts';
import type { RunController } from './runController.ts';

/** Milliseconds between two looks for somebody who trains the model that is shown. */
const pause = 2000;

/**
 * Where another window, or a program in a terminal, trains the model that is shown here: a run has one writer, and this window is a
 * viewer that follows it until the writer has gone.
 */
export class FollowedRuns implements Disposable {
  private readonly client: LanguageClient;
  private readonly active: ActiveModel;
  private readonly runs: RunController;
  private readonly store = new DisposableStore();
  private readonly changes = new Emitter<null>();
  private readonly deltas = new Emitter<RunDelta>();
  private run: FollowedRun | undefined;
  private looking: Promise<void> | undefined;
  /** Another run is followed, or it has to be shown anew. */
  readonly onDidChange = this.changes.on;
  /** More of the run that is followed. */
  readonly onDelta = this.deltas.on;

  constructor(client: LanguageClient, active: ActiveModel, runs: RunController) {
    this.client = client;
    this.active = active;
    this.runs = runs;
    this.store.add(active.onDidChange(() => void this.look()));
    this.store.add(runs.onDidChange(() => this.dropOwn()));
    const timer = setInterval(() => void this.look(), pause).unref();
    this.store.add(toDisposable(() => clearInterval(timer)));
  }

  /** The run of the active model that is followed, also when its writer has gone. */
  get current(): FollowedRun | undefined {
    return this.run?.info.modelPath === this.active.uri?.fsPath ? this.run : undefined;
  }

  /** The same while it is written: nothing can be trained here then. */
  get live(): FollowedRun | undefined {
    return this.current?.writer === undefined ? undefined : this.current;
  }

  /** The run of this model that somebody else trains right now. */
  async liveRunOf(uri: vscode.Uri): Promise<FollowedRun | undefined> {
    await this.look();
    return this.live?.info.modelPath === uri.fsPath ? this.live : undefined;
  }

  dispose(): void {
    this.store.dispose();
    this.run?.dispose();
    this.changes.dispose();
    this.deltas.dispose();
  }

  /** Looks whether somebody trains the active model. */
  private look(): Promise<void> {
    return (this.looking ??= this.find().finally(() => {
      this.looking = undefined;
    }));
  }

  private async find(): Promise<void> {
    const { uri } = this.active;
    const isQuestion = vscode.workspace.isTrusted && uri?.scheme === 'file';
    if (!isQuestion || this.live || this.isOwn(uri)) return;
    const held = await this.client.findHeldRun(uri.fsPath).catch(() => null);
    if (held === null || this.isOwn(uri)) return;
    const stored = await this.client.readRun(held.directory, uri.fsPath).catch(() => null);
    // It may have ended, or the run may have become this window's own, while it was read.
    if (stored?.summary.state !== 'training' || this.isOwn(uri)) return;
    this.follow(new FollowedRun(this.client, stored, held.writer));
  }

  /** Whether this window has a training of the model itself. */
  private isOwn(uri: vscode.Uri): boolean {
    const { current, phase } = this.runs;
    return (
      phase === 'opening' || (current?.isOpen === true && current.info.modelPath === uri.fsPath)
    );
  }

  private dropOwn(): void {
    const { uri } = this.active;
    if (this.run === undefined || uri === undefined || this.runs.phase === 'opening') return;
    if (this.isOwn(uri)) this.follow(undefined);
  }

  private follow(run: FollowedRun | undefined): void {
    this.run?.dispose();
    this.run = run;
    run?.onDelta((delta) => {
      this.deltas.fire(delta);
    });
    run?.onDidChange(() => {
      this.changes.fire(null);
    });
    this.changes.fire(null);
  }
}
