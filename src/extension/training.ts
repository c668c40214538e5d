import path from 'node:path';
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { reportOf, type ErrorReport } from '../base/errors.ts';
import { DisposableStore, Emitter, type Disposable } from '../base/lifetime.ts';
import type { OpenRequest } from '../protocol/engine.ts';
import type { ActiveModel } from './activeModel.ts';
import { allowedRoots, engineThreads } from './configuration.ts';
import { activeSession } from './debugSession.ts';
import { showError, type Log } from './log.ts';
import type { FollowedRuns } from './followedRuns.ts';
import type { Model, Models } from './models.ts';
import { whyNotOnDisk } from './onDisk.ts';
import type { PastRuns } from './pastRuns.ts';
import type { Run, RunRecord } from './run.ts';
import type { RunController } from './runController.ts';

const { window } = vscode;

/** Milliseconds of compiling after which a notification shows it. */
const compilesLong = 1000;

/** What a training is of, and what it is told to. */
export interface TrainingServices {
  readonly runs: RunController;
  readonly models: Models;
  readonly active: ActiveModel;
  readonly past: PastRuns;
  readonly followed: FollowedRuns;
  readonly log: Log;
}

/** What a person does with a run, and what they are told about it. */
export class Training implements Disposable {
  private readonly runs: RunController;
  private readonly models: Models;
  private readonly active: ActiveModel;
  private readonly past: PastRuns;
  private readonly followed: FollowedRuns;
  private readonly log: Log;
  private readonly store = new DisposableStore();
  private readonly failures = new Emitter<ErrorReport>();
  private announced: Run | undefined;
  private obstacle: string | undefined;
  /** Something that was asked for did not happen. */
  readonly onFailure = this.failures.on;

  constructor(services: TrainingServices) {
    const { runs, models, active, past, followed, log } = services;
    this.runs = runs;
    this.models = models;
    this.active = active;
    this.past = past;
    this.followed = followed;
    this.log = log;
    this.store.add(runs.onDidChange(() => this.follow()));
  }

  /** Trains the active model (or `uri`) to its end: a paused run goes on, else a new one begins. */
  train(uri = this.active.uri): Promise<void> {
    return this.guard(() => this.advance(uri));
  }

  /** Takes `count` steps, then pauses. */
  step(count = 1, uri = this.active.uri): Promise<void> {
    return this.guard(() => this.advance(uri, count));
  }

  pause(): Promise<void> {
    return this.guard(async () => {
      await this.runs.current?.pause();
    });
  }

  /** Ends the run with a checkpoint. */
  stop(): Promise<void> {
    return this.guard(async () => {
      await this.runs.current?.stop();
    });
  }

  /**
   * Opens a run of a model for the debugger, with what its configuration changes; undefined when it was refused, which the person
   * has been told then. Rejects with what the engine has against it.
   */
  async openForDebugger(uri: vscode.Uri, changes: Partial<OpenRequest>): Promise<Run | undefined> {
    if (!(await this.isTrusted()) || !(await this.hasRoom(uri))) return undefined;
    const request = await this.requestFor(uri);
    return request && this.open({ ...request, ...changes });
  }

  /** Goes on with the newest run of the active model from its last checkpoint. */
  resume(): Promise<void> {
    return this.guard(async () => {
      if (!(await this.isTrusted()) || !(await this.hasRoom(this.active.uri))) return;
      const source = await this.resumable();
      if (source === undefined) {
        const message = l10n.t(
          'There is no run with a checkpoint to resume. Train the model first.',
        );
        void window.showInformationMessage(message);
        return;
      }
      const run = await this.open(source.request, source.record);
      await run.train();
    });
  }

  /** Shows the folder of a run, else of the newest, in the system's file manager, or copies its path where there is none. */
  async showRunFolder(
    directory = this.runs.current?.info.directory ?? this.past.latest?.info.directory,
  ): Promise<void> {
    if (directory === undefined) return;
    const uri = vscode.Uri.file(directory);
    if (vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop) {
      await vscode.commands.executeCommand('revealFileInOS', uri);
      return;
    }
    const inWorkspace = vscode.workspace.getWorkspaceFolder(uri) !== undefined;
    if (inWorkspace) await vscode.commands.executeCommand('revealInExplorer', uri);
    const copy = l10n.t('Copy Path');
    const choice = await window.showInformationMessage(directory, copy);
    if (choice === copy) await vscode.env.clipboard.writeText(directory);
  }

  dispose(): void {
    this.store.dispose();
  }

  private async advance(uri: vscode.Uri | undefined, count?: number): Promise<void> {
    if (uri === undefined) {
      await vscode.commands.executeCommand('normscope.openExample', true);
      return;
    }
    if (!(await this.isTrusted())) return;
    const { current } = this.runs;
    if (current?.isOpen && current.state !== 'training' && (await this.goesOn(current, uri))) {
      this.past.unchoose();
      await current.train(count);
      return;
    }
    if (!(await this.hasRoom(uri))) return;
    const request = await this.requestFor(uri);
    if (request === undefined) return;
    const run = await this.open(request);
    await run.train(count);
  }

  /** Whether a paused run is to go on: it is of this model, and of its text as it stands now. */
  private async goesOn(run: Run, uri: vscode.Uri): Promise<boolean> {
    if (run.request.modelPath !== uri.fsPath) return false;
    const document = await vscode.workspace.openTextDocument(uri);
    if (document.getText() === run.request.modelText) return true;
    const goOn = l10n.t('Go On');
    const anew = l10n.t('Train Anew');
    const choice = await window.showWarningMessage(
      l10n.t('{0} was changed after this run began.', run.info.modelName),
      {
        modal: true,
        detail: l10n.t(
          'Go on with the model as it was, or save a checkpoint of this run and train the changed model?',
        ),
      },
      goOn,
      anew,
    );
    if (choice === undefined) throw new vscode.CancellationError();
    return choice === goOn;
  }

  /** Makes room for another run: a paused one is ended with a checkpoint, about a running one the person is asked. */
  private async hasRoom(uri: vscode.Uri | undefined): Promise<boolean> {
    const { current, phase } = this.runs;
    if (phase === 'opening') return false;
    if (uri !== undefined && (await this.isTrainedElsewhere(uri))) return false;
    if (current?.isOpen !== true) return true;
    if (current.state === 'training') {
      const show = l10n.t('Show It');
      const stop = l10n.t('Stop It');
      const message = l10n.t(
        '{0} is training (step {1} of {2}). A window trains one model at a time.',
        current.info.modelName,
        current.status.step,
        current.info.steps,
      );
      this.refused('busy', message);
      const choice = await window.showWarningMessage(message, show, stop);
      if (choice === show) await this.showRun(current);
      if (choice !== stop) return false;
    }
    await current.stop();
    return true;
  }

  /** Tells that another window, or a terminal, trains the model: a run has one writer. */
  private async isTrainedElsewhere(uri: vscode.Uri): Promise<boolean> {
    const run = await this.followed.liveRunOf(uri);
    if (run?.writer === undefined) return false;
    const { pid, host } = run.writer;
    const message = l10n.t(
      '{0} is being trained by another window or a terminal (process {1} on {2}). This window follows it.',
      run.info.modelName,
      pid,
      host,
    );
    this.refused('followed', message);
    void window.showWarningMessage(message);
    return true;
  }

  private async requestFor(uri: vscode.Uri): Promise<OpenRequest | undefined> {
    const message = whyNotOnDisk(uri);
    if (message !== undefined) {
      this.refused('not-saved', message);
      void window.showErrorMessage(message);
      return undefined;
    }
    const model = await this.models.checked(uri);
    const [error] = model.errors;
    if (error) {
      await this.refuse(model, error);
      return undefined;
    }
    const document = await vscode.workspace.openTextDocument(uri);
    return this.requestOf(uri.fsPath, document.getText());
  }

  private requestOf(modelPath: string, modelText: string): OpenRequest {
    const threads = engineThreads();
    return {
      modelPath,
      modelText,
      allowedRoots: allowedRoots(),
      overrides: [],
      ...(threads !== undefined && { threads }),
    };
  }

  private async refuse(model: Model, error: Model['errors'][number]): Promise<void> {
    const show = l10n.t('Show Line');
    const message = l10n.t('{0}, line {1}: {2}', model.view.fileName, error.line, error.message);
    this.refused('model-wrong', message);
    const choice = await window.showErrorMessage(message, show);
    if (choice !== show) return;
    const at = new vscode.Position(error.line - 1, 0);
    await window.showTextDocument(model.uri, { selection: new vscode.Range(at, at) });
  }

  private async open(request: OpenRequest, record?: RunRecord): Promise<Run> {
    const name = path.basename(request.modelPath);
    const opening = this.runs.open(request, record);
    this.showCompiling(name, opening);
    const run = await opening;
    const { id, directory, parameters, threads, compileMilliseconds } = run.info;
    this.log.info(
      `run ${id}: ${name}, ${parameters} parameters, ${threads} threads, ` +
        `compiled in ${compileMilliseconds.toFixed(0)} ms, in ${directory}`,
    );
    this.past.unchoose();
    this.past.remember(run);
    run.onWarning((warning) => {
      this.log.warn(`${warning.code}: ${warning.message}`);
      void window.showWarningMessage(warning.message);
    });
    return run;
  }

  /** The status bar shows it; what takes longer gets a notification, with the log and a way out. */
  private showCompiling(name: string, opening: Promise<Run>): void {
    const settled = opening.then(
      () => undefined,
      () => undefined,
    );
    const timer = setTimeout(() => {
      const title = l10n.t('Compiling {0} ([Show Log](command:normscope.showLog))', name);
      const location = vscode.ProgressLocation.Notification;
      void window.withProgress({ location, title, cancellable: true }, (_progress, token) => {
        token.onCancellationRequested(() => this.runs.cancelOpening());
        return settled;
      });
    }, compilesLong);
    void settled.then(() => clearTimeout(timer));
  }

  private async resumable(): Promise<
    { readonly request: OpenRequest; readonly record?: RunRecord } | undefined
  > {
    const { current } = this.runs;
    const { chosen } = this.past;
    const { current: followed } = this.followed;
    if (followed && chosen === undefined) {
      const { modelPath, directory } = followed.info;
      const request = { ...this.requestOf(modelPath, followed.modelText), resume: directory };
      return { request, record: followed.record };
    }
    if (current && chosen === undefined) {
      const { modelPath, modelText } = current.request;
      const request = { ...this.requestOf(modelPath, modelText), resume: current.info.directory };
      return { request, record: current.record };
    }
    const past = chosen ?? (await this.past.load());
    if (past === undefined) return undefined;
    const request = this.requestOf(past.info.modelPath, past.modelText);
    return { request: { ...request, resume: past.info.directory }, record: past.record };
  }

  private async isTrusted(): Promise<boolean> {
    if (vscode.workspace.isTrusted) return true;
    const manage = l10n.t('Manage Workspace Trust');
    const message = l10n.t(
      'Training loads native code and reads data files. It needs a workspace that you trust.',
    );
    this.refused('untrusted', message);
    const choice = await window.showWarningMessage(message, manage);
    if (choice === manage) await vscode.commands.executeCommand('workbench.trust.manage');
    return false;
  }

  /** Notes the end of a run, and tells of one that was not wanted, once. */
  private follow(): void {
    const { current } = this.runs;
    if (current === undefined || this.announced === current) return;
    if (current.isOpen) {
      this.tellObstacle(current);
      return;
    }
    this.announced = current;
    this.past.remember(current);
    if (current.lost) {
      void this.announceLoss(current, current.lost);
    } else if (current.status.error) {
      showError(this.log, current.status.error);
    } else {
      this.log.info(`run ${current.info.id}: ended after step ${current.status.step}`);
    }
  }

  /** A run that is paused by an error, such as a full disk, can go on when that is repaired. */
  private tellObstacle({ status }: Run): void {
    // The debugger shows it at its line.
    if (activeSession()) return;
    if (status.error && status.error.message !== this.obstacle) showError(this.log, status.error);
    this.obstacle = status.error?.message;
  }

  private async announceLoss(run: Run, reason: ErrorReport): Promise<void> {
    this.log.error(`run ${run.info.id}: ${reason.message}`);
    const resume = l10n.t('Resume from Last Checkpoint');
    const showLog = l10n.t('Show Log');
    const step = run.resumableStep;
    const choices = step === undefined ? [showLog] : [resume, showLog];
    const choice = await window.showErrorMessage(
      l10n.t('{0}: {1}', run.info.modelName, reason.message),
      ...choices,
    );
    if (choice === showLog) this.log.show();
    if (choice === resume && this.runs.current === run) await this.resume();
  }

  private async showRun(run: Run): Promise<void> {
    const model = vscode.Uri.file(run.info.modelPath);
    await vscode.commands.executeCommand('normscope.openPanel', model);
  }

  /** Tells the panel, which waits for an answer, that there will be none. */
  private refused(code: string, message: string): void {
    this.failures.fire({ kind: 'input', code, message });
  }

  private async guard(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (error instanceof vscode.CancellationError || reportOf(error).code === 'cancelled') {
        this.refused('cancelled', l10n.t('Nothing was changed.'));
        return;
      }
      // The loss of the engine is told by itself, not once more for each request that it left open.
      if (this.runs.phase === 'lost' && this.announced === this.runs.current) {
        this.log.debug(reportOf(error).message);
        return;
      }
      showError(this.log, reportOf(error));
      this.failures.fire(reportOf(error));
    }
  }
}
