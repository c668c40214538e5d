import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { DebugSession, Event, Response } from '@vscode/debugadapter';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { NormscopeError, reportOf } from '../base/errors.ts';
import { Emitter } from '../base/lifetime.ts';
import type { BreakpointReport, Phase } from '../protocol/debug.ts';
import { readAttachArguments, readLaunchArguments, type LaunchArguments } from './arguments.ts';
import { Breakpoints } from './breakpoints.ts';
import { capabilities } from './capabilities.ts';
import { Execution, type Over, type Stop } from './execution.ts';
import type { DebugHost, DebuggedRun } from './host.ts';
import { Inspection } from './inspection.ts';
import { LayerMap } from './layerMap.ts';
import type { Move } from './moments.ts';
import { References } from './references.ts';

/** What a request is answered with, and what happens after the answer is on its way. */
interface Reply {
  readonly body?: object;
  readonly afterwards?: () => unknown;
}
type Handler = (request: never) => Reply | Promise<Reply>;

/** A run under the debugger with all that belongs to it. */
interface Debugged {
  readonly run: DebuggedRun;
  readonly execution: Execution;
  readonly inspection: Inspection;
  readonly layers: LayerMap;
  readonly kind: 'launch' | 'attach';
  readonly stopOnEntry: boolean;
  readonly noDebug: boolean;
}

const threadId = 1;
/** Requests that make sense after the end of the session. */
const lastRequests = ['disconnect', 'terminate', 'cancel', 'threads'];

/**
 * The debug adapter: a client speaks the Debug Adapter Protocol with it about one run at a time. Each request is answered exactly
 * once, whatever it holds, and after `terminated` no event follows.
 */
export class NormscopeDebugSession extends DebugSession {
  private readonly host: DebugHost;
  private readonly breakpoints = new Breakpoints();
  private readonly targets = new References<{ readonly phase: Phase; readonly path: string }>(
    'target',
  );
  private readonly closing = new Emitter<null>();
  private debugged: Debugged | undefined;
  private launchArguments: LaunchArguments | undefined;
  private isBeginning = false;
  private isConfigured = false;
  private isOver = false;
  private lastStop: Stop | undefined;
  private editedText: string | undefined;
  /** What the client's line numbers count from. */
  private firstLine = 1;
  /** The client has gone. */
  readonly onClosed = this.closing.on;

  constructor(host: DebugHost) {
    super();
    this.host = host;
  }

  /** DAP's server calls this when its stream has closed; who made the session decides what becomes of the process. */
  override shutdown(): void {
    this.closing.fire(null);
  }

  /** Ends what is under way as a `disconnect` would. */
  async close(): Promise<void> {
    this.isOver = true;
    await this.leave(this.debugged?.kind === 'attach');
  }

  override sendEvent(event: DebugProtocol.Event): void {
    if (!this.isOver) super.sendEvent(event);
  }

  protected override dispatchRequest(request: DebugProtocol.Request): void {
    void this.answer(request);
  }

  private async answer(request: DebugProtocol.Request): Promise<void> {
    const response: DebugProtocol.Response = new Response(request);
    let reply: Reply = {};
    try {
      reply = await this.handle(request.command, (request.arguments ?? {}) as never);
      if (reply.body) response.body = reply.body;
    } catch (error) {
      const { kind, code, message } = reportOf(error);
      response.success = false;
      response.message = code;
      response.body = {
        error: { id: 1, format: escapeFormat(message), showUser: kind !== 'rule' },
      };
    }
    this.sendResponse(response);
    try {
      await reply.afterwards?.();
    } catch (error) {
      this.tell(reportOf(error).message, 'stderr');
    }
  }

  private async handle(command: string, values: never): Promise<Reply> {
    if (this.isOver && !lastRequests.includes(command)) {
      throw new NormscopeError('input', 'debug-over', 'This debug session is over.');
    }
    const handler = Object.hasOwn(this.handlers, command) ? this.handlers[command] : undefined;
    if (handler === undefined) {
      const message = `The Normscope debugger knows no request ${command}.`;
      throw new NormscopeError('input', 'debug-request', message);
    }
    return handler(values);
  }

  private readonly handlers: Readonly<Record<string, Handler>> = {
    initialize: ({ linesStartAt1 }: DebugProtocol.InitializeRequestArguments) => {
      this.firstLine = linesStartAt1 === false ? 0 : 1;
      return { body: capabilities };
    },
    launch: async (raw: unknown) => {
      const options = readLaunchArguments(raw);
      await this.begin('launch', options, () => this.host.launch(options));
      this.launchArguments = options;
      return { afterwards: () => this.sendEvent(new Event('initialized')) };
    },
    attach: async (raw: unknown) => {
      const options = readAttachArguments(raw);
      await this.begin('attach', options, () => this.host.attach(options));
      return { afterwards: () => this.sendEvent(new Event('initialized')) };
    },
    configurationDone: () => {
      const debugged = this.need();
      if (this.isConfigured) return {};
      this.isConfigured = true;
      return { afterwards: () => this.go(debugged) };
    },
    restart: ({ arguments: raw }: DebugProtocol.RestartArguments) => {
      const options = raw === undefined ? this.launchArguments : readLaunchArguments(raw);
      return this.restart(options);
    },
    disconnect: async (options: DebugProtocol.DisconnectArguments) => {
      const stays = this.debugged?.kind === 'attach';
      const ends = options.terminateDebuggee ?? !stays;
      this.isOver = true;
      await this.leave(!ends, options.suspendDebuggee === true);
      return { afterwards: () => this.closing.fire(null) };
    },
    terminate: () => ({ afterwards: () => this.terminate() }),
    cancel: () => ({}),
    threads: () => {
      const { info } = this.debugged?.run ?? {};
      const name = info ? `${info.modelName}, run ${info.id}` : 'no run';
      return { body: { threads: [{ id: threadId, name }] } };
    },

    setBreakpoints: (options: DebugProtocol.SetBreakpointsArguments) => this.setLines(options),
    setFunctionBreakpoints: async ({
      breakpoints,
    }: DebugProtocol.SetFunctionBreakpointsArguments) => {
      const entries = this.breakpoints.setGlobs(listOf(breakpoints));
      return { body: { breakpoints: this.breakpoints.describe(entries, await this.sync()) } };
    },
    setDataBreakpoints: async ({ breakpoints }: DebugProtocol.SetDataBreakpointsArguments) => {
      const entries = this.breakpoints.setData(listOf(breakpoints));
      return { body: { breakpoints: this.breakpoints.describe(entries, await this.sync()) } };
    },
    setExceptionBreakpoints: async (options: DebugProtocol.SetExceptionBreakpointsArguments) => {
      const plain = listOf(options.filters).map((filterId) => ({ filterId }));
      const entries = this.breakpoints.setRules([...plain, ...(options.filterOptions ?? [])]);
      return { body: { breakpoints: this.breakpoints.describe(entries, await this.sync()) } };
    },
    breakpointLocations: ({ source, line, endLine }: DebugProtocol.BreakpointLocationsArguments) =>
      this.breakpointLocations(source, line, endLine ?? line),
    dataBreakpointInfo: (options: DebugProtocol.DataBreakpointInfoArguments) => {
      return { body: this.need().inspection.dataBreakpoint(options) };
    },

    continue: () => this.moving((execution) => execution.resume(), { allThreadsContinued: true }),
    next: ({ granularity }: DebugProtocol.NextArguments) => this.step('over', granularity),
    stepIn: ({ granularity }: DebugProtocol.StepInArguments) => this.step('into', granularity),
    stepOut: () => this.step('out', undefined),
    stepBack: () => this.moving((execution) => execution.moveBack()),
    reverseContinue: () => this.moving((execution) => execution.resumeBack()),
    pause: () => {
      const { execution } = this.need();
      return { afterwards: () => execution.pause() };
    },
    gotoTargets: (options: DebugProtocol.GotoTargetsArguments) => this.gotoTargets(options),
    goto: ({ targetId }: DebugProtocol.GotoArguments) => {
      const { phase, path: layer } = this.targets.get(targetId);
      return this.moving((execution) => execution.goTo(phase, layer));
    },
    'normscope/goToStep': ({ step }: { readonly step: unknown }) => {
      const wanted = stepOf(step);
      return this.moving((execution) => execution.goToStep(wanted));
    },
    'normscope/runToStep': ({ step }: { readonly step: unknown }) => {
      const wanted = stepOf(step);
      return this.moving((execution) => execution.runToStep(wanted));
    },
    'normscope/nextStep': () => this.moving((execution) => execution.nextStep()),

    stackTrace: (options: DebugProtocol.StackTraceArguments) => {
      const { frames, totalFrames } = this.need().inspection.stackTrace(options);
      const stackFrames = frames.map((frame) => ({
        ...frame,
        line: frame.source ? this.toClient(frame.line) : frame.line,
      }));
      return { body: { stackFrames, totalFrames } };
    },
    scopes: ({ frameId }: DebugProtocol.ScopesArguments) => {
      return { body: { scopes: this.need().inspection.scopes(frameId) } };
    },
    variables: async (options: DebugProtocol.VariablesArguments) => {
      return { body: { variables: await this.need().inspection.variables(options) } };
    },
    evaluate: async (options: DebugProtocol.EvaluateArguments) => {
      return { body: await this.need().inspection.evaluate(options) };
    },
    completions: async (options: DebugProtocol.CompletionsArguments) => {
      return { body: { targets: await this.need().inspection.completions(options) } };
    },
    setVariable: async (options: DebugProtocol.SetVariableArguments) => {
      const body = await this.need().inspection.setVariable(options);
      return {
        body,
        afterwards: () => this.sendEvent(new Event('invalidated', { areas: ['all'] })),
      };
    },
    readMemory: async (options: DebugProtocol.ReadMemoryArguments) => {
      return { body: await this.need().inspection.readMemory(options) };
    },
    exceptionInfo: () => this.exceptionInfo(),
    'normscope/inlineValues': ({
      frameId,
      first,
      last,
    }: {
      readonly frameId?: number;
      readonly first: number;
      readonly last: number;
    }) => {
      return { body: { texts: this.need().inspection.inlineValues(frameId, first, last) } };
    },
    'normscope/frame': ({ frameId }: { readonly frameId: number }) => {
      return { body: { ...this.need().inspection.frameOf(frameId) } };
    },
  };

  private async begin(
    kind: Debugged['kind'],
    options: { readonly stopOnEntry: boolean; readonly noDebug?: boolean },
    open: () => Promise<DebuggedRun>,
  ): Promise<void> {
    if (this.debugged || this.isBeginning) {
      throw new NormscopeError('input', 'debug-busy', 'This debug session has a run already.');
    }
    this.isBeginning = true;
    try {
      this.adopt(await open(), kind, options);
    } finally {
      this.isBeginning = false;
    }
    await this.prepare();
  }

  private adopt(
    run: DebuggedRun,
    kind: Debugged['kind'],
    { stopOnEntry, noDebug = false }: { readonly stopOnEntry: boolean; readonly noDebug?: boolean },
  ): void {
    const layers = new LayerMap(run.modelText, run.overrides);
    const execution = new Execution(run, this.breakpoints);
    const inspection = new Inspection(execution, layers);
    this.debugged = { run, execution, inspection, layers, kind, stopOnEntry, noDebug };
    execution.onStop((stop) => this.stopped(stop));
    execution.onGoOn(() => {
      this.sendEvent(new Event('continued', { threadId, allThreadsContinued: true }));
    });
    execution.onNote((text) => this.tell(text));
    execution.onOver((over) => this.over(over));
    run.engine.on('log', ({ text, step }) => this.tell(`step ${step}: ${text}`, 'stdout'));
    run.engine.on('warning', ({ message }) => this.tell(message, 'stderr'));
    const { modelName, id, parameters, threads, seed, step, steps } = run.info;
    this.tell(
      `${modelName}, run ${id}: ${parameters.toLocaleString('en-US')} parameters, ` +
        `${threads} threads, seed ${seed}, step ${step} of ${steps}.`,
    );
  }

  /** Tells the engine that it is debugged, and how often to keep what is needed for going back. */
  private async prepare(): Promise<void> {
    const { run, noDebug } = this.need();
    if (noDebug) return;
    const { snapshotEvery } = this.launchArguments ?? {};
    await run.engine.request('attach', snapshotEvery === undefined ? {} : { snapshotEvery });
  }

  /** The client has said everything: the training begins, or goes on. */
  private async go({ execution, run, stopOnEntry, noDebug }: Debugged): Promise<void> {
    if (stopOnEntry && !noDebug) {
      await (run.isTraining ? execution.pause('entry') : execution.enter('entry'));
    } else if (!run.isTraining) await execution.start();
  }

  private async restart(options: LaunchArguments | undefined): Promise<Reply> {
    const { execution, run, kind } = this.need();
    if (kind === 'attach' || options === undefined) {
      const message = 'A run that was attached to cannot be started again. Launch it instead.';
      throw new NormscopeError('input', 'debug-restart', message);
    }
    execution.dispose();
    await run.stop().catch(() => undefined);
    run.release();
    this.debugged = undefined;
    this.editedText = undefined;
    try {
      await this.begin('launch', options, () => this.host.launch(options));
    } catch (error) {
      // Nothing is left to debug: the client hears why, then that it is over.
      const report = reportOf(error);
      return { afterwards: () => this.over({ error: report }) };
    }
    this.launchArguments = options;
    await this.sync();
    const debugged = this.need();
    return { afterwards: () => this.go(debugged) };
  }

  private async terminate(): Promise<void> {
    const { debugged } = this;
    try {
      await debugged?.run.stop();
    } finally {
      this.over({});
    }
  }

  /** Parts with the run: it goes on by itself, or ends with a checkpoint. */
  private async leave(goesOn: boolean, paused = false): Promise<void> {
    const { debugged } = this;
    this.debugged = undefined;
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

  private stopped(stop: Stop): void {
    const { execution, inspection, run } = this.need();
    inspection.clear();
    this.targets.clear();
    this.lastStop = stop;
    const record = execution.record;
    const step = record ? `step ${record.info.step}` : 'the training';
    this.sendEvent(
      new Event('stopped', {
        reason: stop.reason === 'end' ? 'pause' : stop.reason,
        description: descriptions[stop.reason](step),
        threadId,
        allThreadsStopped: true,
        ...(stop.text !== undefined && { text: stop.text }),
        ...(stop.breakpoints.length > 0 && { hitBreakpointIds: stop.breakpoints }),
      }),
    );
    void this.compareText(run);
  }

  /** A model file that was edited meanwhile is debugged as it was; its user is told once for each edit. */
  private async compareText(run: DebuggedRun): Promise<void> {
    const text = await this.host.currentText(run.info.modelPath);
    if (text === undefined || text === run.modelText || text === this.editedText) return;
    this.editedText = text;
    this.tell(
      `${path.basename(run.info.modelPath)} was changed after this run began. The model as it was goes on being debugged: lines may be off. Restart to debug the new one.`,
      'important',
    );
    this.sendEvent(new Event('normscope/modelEdited', { path: run.info.modelPath }));
  }

  private over({ error }: Over): void {
    if (this.isOver) return;
    if (error) this.tell(error.message, 'stderr');
    this.sendEvent(new Event('exited', { exitCode: error ? 1 : 0 }));
    this.sendEvent(new Event('terminated'));
    this.isOver = true;
  }

  private tell(text: string, category = 'console'): void {
    this.sendEvent(new Event('output', { category, output: `${text}\n` }));
  }

  private need(): Debugged {
    if (this.debugged) return this.debugged;
    const message = 'Nothing is debugged. Launch a model or attach to a run first.';
    throw new NormscopeError('input', 'debug-nothing', message);
  }

  /** Answers first, then moves: the stop that follows must not come before the answer. */
  private moving(move: (execution: Execution) => Promise<void>, body: object = {}): Reply {
    const { execution } = this.need();
    if (execution.state !== 'stopped') {
      const message = 'The training is under way. Pause it first.';
      throw new NormscopeError('input', 'debug-running', message);
    }
    return { body, afterwards: () => move(execution) };
  }

  private step(move: Move, granularity: string | undefined): Reply {
    // An instruction is a layer's own: nothing is stepped over.
    return this.moving((execution) =>
      execution.move(granularity === 'instruction' ? 'into' : move),
    );
  }

  private async sync(): Promise<readonly BreakpointReport[]> {
    const { run, noDebug } = this.need();
    if (noDebug) return [];
    return run.engine.request('setBreakpoints', { breakpoints: this.breakpoints.forEngine });
  }

  private async setLines(options: DebugProtocol.SetBreakpointsArguments): Promise<Reply> {
    const { layers } = this.need();
    const { source } = options;
    const wanted = listOf(options.breakpoints).map((breakpoint) => ({
      ...breakpoint,
      line: this.fromClient(breakpoint.line),
    }));
    if (!(await this.isModel(source.path))) {
      const message = 'This file is not the model that is being debugged.';
      const breakpoints = wanted.map(() => ({ verified: false, message }));
      return { body: { breakpoints } };
    }
    const entries = this.breakpoints.setLines(wanted, layers);
    const described = this.breakpoints.describe(entries, await this.sync(), source);
    const breakpoints = described.map((breakpoint) => ({
      ...breakpoint,
      ...(breakpoint.line !== undefined && { line: this.toClient(breakpoint.line) }),
    }));
    return { body: { breakpoints } };
  }

  private async breakpointLocations(
    source: DebugProtocol.Source,
    first: number,
    last: number,
  ): Promise<Reply> {
    const { layers } = this.need();
    if (!(await this.isModel(source.path))) return { body: { breakpoints: [] } };
    const lines = layers.linesBetween(this.fromClient(first), this.fromClient(last));
    return { body: { breakpoints: lines.map((line) => ({ line: this.toClient(line) })) } };
  }

  private async gotoTargets({ source, line }: DebugProtocol.GotoTargetsArguments): Promise<Reply> {
    const { execution, layers } = this.need();
    const { record } = execution;
    if (record === undefined || !(await this.isModel(source.path)))
      return { body: { targets: [] } };
    const found = layers.resolve(this.fromClient(line), 'forward');
    const paths = found?.paths ?? [];
    const moments = record.moments.filter(({ path: layer }) => paths.includes(layer));
    const targets = moments.map(({ phase, path: layer, parameter }) => ({
      id: this.targets.add({ phase, path: parameter ?? layer }),
      label: `${phase}: ${parameter ?? layer}`,
      line: this.toClient(found?.line ?? 1),
    }));
    return { body: { targets } };
  }

  private exceptionInfo(): Reply {
    const { lastStop } = this;
    if (this.need().execution.state !== 'stopped' || lastStop?.reason !== 'exception') {
      const message = 'The training does not stand still at an anomaly.';
      throw new NormscopeError('input', 'debug-no-exception', message);
    }
    const { error, text } = lastStop;
    const description = error?.message ?? text ?? 'A rule holds.';
    return {
      body: { exceptionId: error?.code ?? 'rule', description, breakMode: 'always' },
    };
  }

  private async isModel(file: string | undefined): Promise<boolean> {
    const { modelPath } = this.need().run.info;
    if (typeof file !== 'string') return false;
    const [asked, own] = await Promise.all([file, modelPath].map(realPath));
    return asked === own;
  }

  private fromClient(line: number): number {
    return line + 1 - this.firstLine;
  }

  private toClient(line: number): number {
    return line - 1 + this.firstLine;
  }
}

const descriptions: Readonly<Record<Stop['reason'], (step: string) => string>> = {
  entry: (step) => `Before ${step}`,
  breakpoint: (step) => `Breakpoint in ${step}`,
  'data breakpoint': (step) => `Data breakpoint in ${step}`,
  exception: (step) => `Anomaly in ${step}`,
  pause: (step) => `Paused in ${step}`,
  step: (step) => `In ${step}`,
  goto: (step) => `Went to ${step}`,
  end: (step) => `End at ${step}`,
};

function listOf<T>(list: readonly T[] | undefined): readonly T[] {
  return list instanceof Array ? list : [];
}

function stepOf(step: unknown): number {
  if (typeof step === 'number' && Number.isSafeInteger(step) && step >= 0) return step;
  const message = `${String(step)} is no step. Give a whole number from 0.`;
  throw new NormscopeError('input', 'debug-step', message);
}

/** A message as a format of the protocol, in which braces stand for variables. */
function escapeFormat(message: string): string {
  return message.replaceAll('{', '(').replaceAll('}', ')');
}

async function realPath(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch {
    return path.resolve(file);
  }
}
