import * as l10n from '@vscode/l10n';
import { fork, type ChildProcess } from 'node:child_process';
import { NormscopeError, reportOf, type ErrorReport } from '../base/errors.ts';
import { Emitter, toDisposable, type Disposable } from '../base/lifetime.ts';
import { Caller, type Pipe } from '../protocol/channel/channel.ts';
import type { EngineEvents, EngineMethods } from '../protocol/engine.ts';

export interface EngineClientOptions {
  /** Silence of a busy engine after which it counts as hung, in milliseconds; 10 s by default. */
  readonly leastDeadline?: number;
  /** The Node program that runs the engine; this process's own by default. */
  readonly execPath?: string;
  /** Added to the environment of this process for the engine. */
  readonly environment?: Readonly<Record<string, string>>;
}

type MethodName = keyof EngineMethods;

/** A hung engine is killed after this many of its own steps, or after the least deadline if that is longer. */
const stepsOfSilence = 10;
/** Opening compiles a model in a few long pieces, before anything is known of its size: so many least deadlines. */
const openingDeadlines = 6;
const watchInterval = 500;
/** How long an engine that was told to go may take to end its step and write its checkpoint. */
const goodbye = 2000;
const errorOutputKept = 4000;

/**
 * An engine process and the connection to it. The process is this object's own: it dies with `dispose`, with this process, and,
 * when it is busy and silent for too long, by the watchdog. The engine answers nothing while it computes, so that a sign of life
 * is any message at all.
 */
export class EngineClient implements Disposable {
  private readonly child: ChildProcess;
  private readonly caller: Caller<EngineMethods, EngineEvents>;
  private readonly lost = new Emitter<ErrorReport>();
  private readonly leastDeadline: number;
  private readonly watch: NodeJS.Timeout;
  private disposed = false;
  private ended = false;
  private training = false;
  private opening = false;
  private opened = false;
  private step = 0;
  private stepMilliseconds = 0;
  private lastSign = performance.now();
  private lastTick = performance.now();
  private errorOutput = '';
  private hungFor: number | undefined;
  private startFailure: Error | undefined;
  /** Settles when the process is gone. */
  readonly exited: Promise<void>;
  /** The process ended without being told to: why, and what to do. Fires at most once. */
  readonly onLost = this.lost.on;

  /** Starts the engine program at `enginePath` (dist/engine.cjs). */
  constructor(enginePath: string, options: EngineClientOptions = {}) {
    this.leastDeadline = options.leastDeadline ?? 10_000;
    this.child = startProcess(enginePath, options);
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.errorOutput = (this.errorOutput + text).slice(-errorOutputKept);
    });
    this.child.stdout?.resume();
    this.exited = new Promise((resolve) => {
      const end = (): void => {
        this.end();
        resolve();
      };
      // Messages and error output that were on their way arrive before `close`; a grandchild must not hold it up.
      this.child.on('exit', () => setTimeout(end, 100).unref());
      this.child.on('close', end);
      this.child.on('error', (error) => {
        this.startFailure = error;
        end();
      });
    });
    this.caller = new Caller(pipeOf(this.child));
    this.caller.onActivity(() => (this.lastSign = performance.now()));
    this.caller.on('status', ({ state, step, stepsPerSecond }) => {
      this.training = state === 'training';
      this.step = step;
      if (stepsPerSecond > 0) this.stepMilliseconds = 1000 / stepsPerSecond;
    });
    this.watch = setInterval(() => {
      this.killIfHung();
    }, watchInterval).unref();
  }

  /** Process id of the engine; undefined when it could not be started. */
  get pid(): number | undefined {
    return this.child.pid;
  }

  /**
   * Asks the engine. Rejects with a `NormscopeError`: what the engine has against it, or why it is gone.
   */
  async request<K extends MethodName>(
    method: K,
    parameter: Parameters<EngineMethods[K]>[0],
  ): Promise<ReturnType<EngineMethods[K]>> {
    if (this.caller.pending === 0) this.lastSign = performance.now();
    if (method === 'open') this.opening = true;
    try {
      const result = await this.caller.request(method, parameter as never);
      if (method === 'open') {
        const { estimatedStepMilliseconds } = result as ReturnType<EngineMethods['open']>;
        this.stepMilliseconds = estimatedStepMilliseconds ?? 0;
        this.opened = true;
      }
      return result as ReturnType<EngineMethods[K]>;
    } finally {
      if (method === 'open') this.opening = false;
    }
  }

  on<K extends keyof EngineEvents>(
    event: K,
    listener: (payload: EngineEvents[K]) => void,
  ): Disposable {
    return this.caller.on(event, listener);
  }

  /**
   * Ends the process: an engine in the middle of a training ends its step and writes a checkpoint if it can in two seconds; then
   * it is killed. Open requests are rejected at once. See `exited` for the end.
   */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.caller.close(
      new NormscopeError('environment', 'engine-disposed', l10n.t('The engine was ended.')),
    );
    this.lost.dispose();
    clearInterval(this.watch);
    if (this.ended) return;
    if (this.child.connected) this.child.disconnect();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), goodbye);
    void this.exited.then(() => {
      clearTimeout(timer);
    });
  }

  private killIfHung(): void {
    const now = performance.now();
    const ownDelay = now - this.lastTick - watchInterval;
    this.lastTick = now;
    const busy = this.training || this.caller.pending > 0;
    // After a sleep of this process, signs of life may be waiting to be read: the engine gets its time anew.
    if (!busy || ownDelay > watchInterval) this.lastSign = now;
    const silence = now - this.lastSign;
    if (silence <= this.deadline()) return;
    this.hungFor = silence;
    clearInterval(this.watch);
    this.child.kill('SIGKILL');
  }

  private deadline(): number {
    if (this.opening) return openingDeadlines * this.leastDeadline;
    return Math.max(this.leastDeadline, stepsOfSilence * this.stepMilliseconds);
  }

  private end(): void {
    if (this.ended) return;
    this.ended = true;
    clearInterval(this.watch);
    const error = this.lossError();
    this.caller.close(error);
    if (!this.disposed) this.lost.fire(reportOf(error));
    this.lost.dispose();
  }

  private lossError(): NormscopeError {
    const error = (code: string, message: string): NormscopeError =>
      new NormscopeError('environment', code, message, { cause: this.startFailure });
    if (this.startFailure) {
      return error(
        'engine-not-started',
        l10n.t('The engine did not start: {0}', this.startFailure.message),
      );
    }
    if (this.hungFor !== undefined) {
      const seconds = Math.round(this.hungFor / 1000);
      const message = this.opened
        ? l10n.t(
            'The engine gave no sign of life for {0} s at step {1} and was ended. The run can be resumed from its last checkpoint.',
            seconds,
            this.step,
          )
        : l10n.t(
            'The engine gave no sign of life for {0} s before a model was open and was ended. Try again; a smaller model needs less time and memory.',
            seconds,
          );
      return error('engine-hung', message);
    }
    const { exitCode, signalCode } = this.child;
    const how =
      signalCode === null
        ? l10n.t('with code {0}', exitCode ?? l10n.t('unknown'))
        : l10n.t('by {0}', signalCode);
    const message = this.opened
      ? l10n.t(
          'The engine process ended {0} at step {1}. The run can be resumed from its last checkpoint.',
          how,
          this.step,
        )
      : l10n.t(
          'The engine process ended {0} before a model was open. Try again; a smaller model needs less time and memory.',
          how,
        );
    const output = this.errorOutput.trim();
    const details = output === '' ? '' : `\n${output}`;
    return error('engine-lost', `${message}${details}`);
  }
}

function startProcess(
  enginePath: string,
  { execPath, environment }: EngineClientOptions,
): ChildProcess {
  return fork(enginePath, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Debugger and loader flags of this process are not the engine's.
    execArgv: [],
    // Inside of VS Code, process.execPath is Electron, which is Node only on demand.
    env: { ...process.env, ...environment, ELECTRON_RUN_AS_NODE: '1' },
    ...(execPath !== undefined && { execPath }),
  });
}

function pipeOf(child: ChildProcess): Pipe {
  return {
    send: (message) => {
      // A message to a process that has just died is dropped: its end is reported by `exit`.
      if (child.connected) child.send(message as object, () => undefined);
    },
    onMessage: (listener) => {
      child.on('message', listener);
      return toDisposable(() => child.off('message', listener));
    },
    // `end` closes the caller, with a better reason than this pipe could give.
    onClose: () => toDisposable(() => undefined),
  };
}
