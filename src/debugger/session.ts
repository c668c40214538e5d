import * as l10n from '@vscode/l10n';
import path from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { counted } from '../base/counts.ts';
import { NormscopeError, reportOf } from '../base/errors.ts';
import { readAttachArguments, readLaunchArguments, type LaunchArguments } from './arguments.ts';
import { breakpointHandlers, syncBreakpoints } from './breakpointHandlers.ts';
import { Breakpoints } from './breakpoints.ts';
import { capabilities } from './capabilities.ts';
import { DebugState, type Debugged } from './debugged.ts';
import { Execution, type Over, type Stop } from './execution.ts';
import type { DebugHost, DebuggedRun } from './host.ts';
import { Inspection } from './inspection.ts';
import { inspectionHandlers } from './inspectionHandlers.ts';
import { LayerMap } from './layerMap.ts';
import { Moves } from './moves.ts';
import { RequestServer, type Handler, type Reply } from './requestServer.ts';
import { stepHandlers } from './stepHandlers.ts';
import type { Progress } from './travel.ts';

interface BeginOptions {
  readonly stopOnEntry: boolean;
  readonly noDebug?: boolean;
}

const threadId = 1;

/** The debug adapter: a client debugs one run at a time with it, by the Debug Adapter Protocol. */
export class NormscopeDebugSession extends RequestServer {
  private readonly host: DebugHost;
  private readonly state = new DebugState(new Breakpoints());
  private launchArguments: LaunchArguments | undefined;
  private isBeginning = false;
  private isConfigured = false;
  private lastStop: Stop | undefined;
  private editedText: string | undefined;
  private reportsProgress = false;
  private progressId: string | undefined;

  constructor(host: DebugHost) {
    super();
    this.host = host;
    this.state.costs.on((cost) => this.say('normscope/breakpointCost', cost));
  }

  protected readonly handlers: Readonly<Record<string, Handler>> = {
    initialize: ({
      linesStartAt1,
      supportsProgressReporting,
    }: DebugProtocol.InitializeRequestArguments) => {
      this.state.firstLine = linesStartAt1 === false ? 0 : 1;
      this.reportsProgress = supportsProgressReporting === true;
      return { body: capabilities() };
    },
    launch: async (raw: unknown) => {
      const options = readLaunchArguments(raw);
      await this.begin('launch', options, () => this.host.launch(options));
      return { afterwards: () => this.say('initialized') };
    },
    attach: async (raw: unknown) => {
      const options = readAttachArguments(raw);
      await this.begin('attach', options, () => this.host.attach(options));
      return { afterwards: () => this.say('initialized') };
    },
    configurationDone: () => {
      const debugged = this.state.need();
      if (this.isConfigured) return {};
      this.isConfigured = true;
      return { afterwards: () => this.go(debugged) };
    },
    restart: ({ arguments: raw }: DebugProtocol.RestartArguments) => {
      return this.restart(raw === undefined ? this.launchArguments : readLaunchArguments(raw));
    },
    disconnect: (options: DebugProtocol.DisconnectArguments) => this.disconnect(options),
    terminate: () => ({ afterwards: () => this.terminate() }),
    cancel: async ({ progressId }: DebugProtocol.CancelArguments) => {
      await this.state.debugged?.execution.travel.cancel(progressId);
      return {};
    },
    threads: () => {
      const { info } = this.state.debugged?.run ?? {};
      const name = info ? l10n.t('{0}, run {1}', info.modelName, info.id) : l10n.t('no run');
      return { body: { threads: [{ id: threadId, name }] } };
    },
    'normscope/compareText': async () => {
      await this.compareText(this.state.need().run);
      return {};
    },
    exceptionInfo: () => this.exceptionInfo(),
    ...breakpointHandlers(this.state),
    ...stepHandlers(this.state),
    ...inspectionHandlers(this.state, () => this.say('invalidated', { areas: ['all'] })),
  };

  /** Ends what is under way as a `disconnect` would. */
  async close(): Promise<void> {
    this.fallSilent();
    await this.leave(this.state.debugged?.kind === 'attach');
  }

  private async begin(
    kind: Debugged['kind'],
    options: BeginOptions | LaunchArguments,
    open: () => Promise<DebuggedRun>,
  ): Promise<void> {
    if (this.state.debugged || this.isBeginning) {
      throw new NormscopeError(
        'input',
        'debug-busy',
        l10n.t('This debug session has a run already.'),
      );
    }
    this.isBeginning = true;
    let run: DebuggedRun;
    try {
      run = await open();
    } finally {
      this.isBeginning = false;
    }
    if (this.isOver) {
      // The client left while the model was compiled.
      if (kind === 'launch') await run.stop().catch(() => undefined);
      run.release();
      throw new NormscopeError('input', 'debug-over', l10n.t('This debug session is over.'));
    }
    this.adopt(run, kind, options);
    this.launchArguments = 'program' in options && kind === 'launch' ? options : undefined;
    if (options.noDebug === true) return;
    const { snapshotEvery } = this.launchArguments ?? {};
    await run.engine.request('attach', snapshotEvery === undefined ? {} : { snapshotEvery });
  }

  private adopt(
    run: DebuggedRun,
    kind: Debugged['kind'],
    { stopOnEntry, noDebug = false }: BeginOptions,
  ): void {
    const layers = new LayerMap(run.modelText, run.overrides);
    const execution = new Execution(run, this.state.breakpoints);
    const moves = new Moves(execution, this.state.breakpoints);
    const inspection = new Inspection(execution, layers);
    const parts = { run, execution, moves, inspection, layers };
    this.state.debugged = { ...parts, kind, stopOnEntry, noDebug };
    execution.onStop((stop) => this.stopped(stop));
    execution.onGoOn(() => this.say('continued', { threadId, allThreadsContinued: true }));
    execution.onNote((text) => this.tell(text));
    execution.onLog((text) => this.tell(text, 'stdout'));
    execution.onWarning((text) => this.tell(text, 'stderr'));
    execution.onOver((over) => this.over(over));
    execution.travel.onProgress((progress) => this.report(progress));
    const { modelName, id, parameters, threads, seed, step, steps } = run.info;
    this.tell(
      l10n.t(
        '{0}, run {1}: {2}, {3}, seed {4}, step {5} of {6}.',
        modelName,
        id,
        counted.parameters(parameters),
        counted.threads(threads),
        seed,
        step,
        steps,
      ),
    );
  }

  /** The client has said everything: the training begins, or goes on. */
  private async go({ execution, run, stopOnEntry, noDebug }: Debugged): Promise<void> {
    if (stopOnEntry && !noDebug) {
      await (run.isTraining ? execution.pause('entry') : execution.enter('entry'));
    } else if (!run.isTraining) await execution.start();
  }

  private async restart(options: LaunchArguments | undefined): Promise<Reply> {
    const { execution, run, kind } = this.state.need();
    if (kind === 'attach' || options === undefined) {
      const message = l10n.t(
        'A run that was attached to cannot be started again. Launch it instead.',
      );
      throw new NormscopeError('input', 'debug-restart', message);
    }
    this.state.debugged = undefined;
    this.editedText = undefined;
    execution.dispose();
    await run.stop().catch(() => undefined);
    run.release();
    try {
      await this.begin('launch', options, () => this.host.launch(options));
      await syncBreakpoints(this.state);
    } catch (error) {
      // Nothing is left to debug: the client hears why, then that it is over.
      const report = reportOf(error);
      return { afterwards: () => this.over({ error: report }) };
    }
    const debugged = this.state.need();
    return { afterwards: () => this.go(debugged) };
  }

  private async disconnect({
    terminateDebuggee,
    suspendDebuggee = false,
  }: DebugProtocol.DisconnectArguments): Promise<Reply> {
    const stays = this.state.debugged?.kind === 'attach';
    this.fallSilent();
    await this.leave(!(terminateDebuggee ?? !stays), suspendDebuggee);
    return { afterwards: () => this.shutdown() };
  }

  private async terminate(): Promise<void> {
    try {
      await this.state.debugged?.run.stop();
    } catch (error) {
      this.tell(reportOf(error).message, 'stderr');
    } finally {
      this.over({});
    }
  }

  /** Parts with the run: it goes on by itself, or ends with a checkpoint. */
  private async leave(goesOn: boolean, paused = false): Promise<void> {
    const { debugged } = this.state;
    this.state.debugged = undefined;
    if (debugged === undefined) return;
    const { execution, run } = debugged;
    const { state } = execution;
    execution.dispose();
    try {
      if (state === 'over') return;
      if (!goesOn) await run.stop();
      else {
        await run.engine.request('detach', null);
        if (state !== 'running' && !paused) await run.engine.request('train', {});
      }
    } catch (error) {
      // The engine is gone, or the run ended meanwhile: nothing is left to part with.
      if (reportOf(error).kind === 'internal') throw error;
    } finally {
      run.release();
    }
  }

  /** Shows a journey that takes a while, which can be cancelled. */
  private report({ id: progressId, title, text: message, percentage, isOver }: Progress): void {
    if (!this.reportsProgress) return;
    if (this.progressId !== progressId) {
      this.progressId = progressId;
      this.say('progressStart', { progressId, title, cancellable: true, percentage });
    }
    if (isOver) this.say('progressEnd', { progressId });
    else this.say('progressUpdate', { progressId, message, percentage });
  }

  private stopped(stop: Stop): void {
    const { execution, inspection, run } = this.state.need();
    inspection.moved();
    this.lastStop = stop;
    const { record } = execution;
    const step = record ? l10n.t('step {0}', record.info.step) : l10n.t('the training');
    this.say('stopped', {
      reason: stop.reason,
      description: descriptions[stop.reason](step),
      threadId,
      allThreadsStopped: true,
      ...(stop.text !== undefined && { text: stop.text }),
      ...(stop.breakpoints.length > 0 && { hitBreakpointIds: stop.breakpoints }),
    });
    void this.compareText(run);
  }

  /** A model file that was edited meanwhile is debugged as it was; its user is told once for each edit. */
  private async compareText(run: DebuggedRun): Promise<void> {
    const { modelPath } = run.info;
    const text = await this.host.currentText(modelPath);
    if (text === undefined || text === run.modelText || text === this.editedText) return;
    this.editedText = text;
    this.tell(
      l10n.t(
        '{0} was changed after this run began. The model as it was goes on being debugged: lines may be off. Restart to debug the new one.',
        path.basename(modelPath),
      ),
      'important',
    );
    this.say('normscope/modelEdited', { path: modelPath });
  }

  private over({ error }: Over): void {
    if (this.isOver) return;
    if (error) this.tell(error.message, 'stderr');
    this.say('exited', { exitCode: error ? 1 : 0 });
    this.say('terminated');
    this.fallSilent();
  }

  private exceptionInfo(): Reply {
    const { lastStop } = this;
    const isStopped = this.state.need().execution.state === 'stopped';
    if (!isStopped || lastStop?.reason !== 'exception') {
      const message = l10n.t('The training does not stand still at an anomaly.');
      throw new NormscopeError('input', 'debug-no-exception', message);
    }
    const { error, text, details } = lastStop;
    const description = error?.message ?? text ?? l10n.t('A rule holds.');
    const exceptionId = error?.code ?? 'rule';
    // Clients show a stack trace below the description, as it is.
    const more = details !== undefined && { details: { stackTrace: details } };
    return { body: { exceptionId, description, breakMode: 'always', ...more } };
  }
}

const descriptions: Readonly<Record<Stop['reason'], (step: string) => string>> = {
  entry: (step) => l10n.t('Before {0}', step),
  breakpoint: (step) => l10n.t('Breakpoint in {0}', step),
  'data breakpoint': (step) => l10n.t('Data breakpoint in {0}', step),
  exception: (step) => l10n.t('Anomaly in {0}', step),
  pause: (step) => l10n.t('Paused in {0}', step),
  step: (step) => l10n.t('In {0}', step),
  goto: (step) => l10n.t('Went to {0}', step),
};
