import { Worker } from 'node:worker_threads';
import * as l10n from '@vscode/l10n';
import { NormscopeError } from '../base/errors.ts';
import { toDisposable, type Disposable } from '../base/lifetime.ts';
import type { RunSummary } from '../engine/runs/summary.ts';
import { Caller, type Parameter, type Pipe, type Result } from '../protocol/channel/channel.ts';
import type { EditorMethods, WorkerMethods } from './editorRequests.ts';
import type {
  CheckedModel,
  CheckRequest,
  HeldRun,
  RunHistory,
  RunProgress,
  StoredRun,
} from './languageMethods.ts';
import { Turns, type Wanted } from './turns.ts';

const deadline = 15_000;
const mostMegabytes = 1024;
/**
 * What a check of a large model makes lives as long as its report: with the runtime's own nursery of a few megabytes all of it is
 * copied twice, which takes as long as the check itself.
 */
const nurseryMegabytes = 128;

interface Running {
  readonly worker: Worker;
  readonly caller: Caller<WorkerMethods, object>;
}

/**
 * Checks models on a thread of its own, so that neither a huge nor a hostile file holds up the editor. A worker that dies, runs
 * out of memory or does not answer in time is replaced at the next check.
 */
export class LanguageClient implements Disposable {
  private readonly program: string;
  private readonly environment: Readonly<Record<string, string>>;
  /** One question about a text after the other: the worker has one thread, and what waits here can still be dropped. */
  private readonly turns = new Turns();
  private running: Running | undefined;

  /** `program`: path of the worker's script; `environment`: added to that of this process for it. */
  constructor(program: string, environment: Readonly<Record<string, string>>) {
    this.program = program;
    this.environment = environment;
  }

  /** @throws NormscopeError when the worker died or took too long */
  async check(request: CheckRequest): Promise<CheckedModel> {
    const checked = await this.turns.take(() => this.request('check', request));
    if (checked === undefined) throw new Error('a check is never cancelled');
    return checked;
  }

  /**
   * Asks something about a model file; undefined when it is not wanted any more by the time that the worker is free for it.
   * @throws NormscopeError when the worker died or took too long
   */
  ask<M extends keyof EditorMethods>(
    method: M,
    request: Parameter<WorkerMethods, M>,
    wanted: Wanted,
  ): Promise<Result<WorkerMethods, M> | undefined> {
    return this.turns.take(() => this.request(method, request), wanted);
  }

  /**
   * The history of the run in `directory`; null when there is no run any more.
   * @throws NormscopeError when the worker died or took too long
   */
  readHistory(directory: string): Promise<RunHistory | null> {
    return this.request('readHistory', directory);
  }

  /**
   * The runs in each of these folders, newest first.
   * @throws NormscopeError when the worker died or took too long
   */
  listRuns(parents: readonly string[]): Promise<readonly (readonly RunSummary[])[]> {
    return this.request('listRuns', parents);
  }

  /**
   * The run in `directory` of the model file `modelPath`; null when it cannot be read.
   * @throws NormscopeError when the worker died or took too long
   */
  readRun(directory: string, modelPath: string): Promise<StoredRun | null> {
    return this.request('readRun', { directory, modelPath });
  }

  /**
   * The newest run of the model file `modelPath` that some process trains; null when there is none.
   * @throws NormscopeError when the worker died or took too long
   */
  findHeldRun(modelPath: string): Promise<HeldRun | null> {
    return this.request('findHeldRun', modelPath);
  }

  /**
   * What the run in `directory` has recorded since `position`; null when it cannot be read any more.
   * @throws NormscopeError when the worker died or took too long
   */
  readProgress(directory: string, position: number): Promise<RunProgress | null> {
    return this.request('readProgress', { directory, position });
  }

  private request<M extends keyof WorkerMethods>(
    method: M,
    parameter: Parameter<WorkerMethods, M>,
  ): Promise<Result<WorkerMethods, M>> {
    const { caller } = (this.running ??= this.start());
    return this.inTime(caller.request(method, parameter));
  }

  private async inTime<T>(answer: Promise<T>): Promise<T> {
    const timer = setTimeout(() => {
      this.stop(l10n.t('The model file takes too long to read. Make it smaller.'));
    }, deadline);
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
    }
  }

  dispose(): void {
    this.stop(l10n.t('The extension has ended.'));
  }

  private start(): Running {
    const worker = new Worker(this.program, {
      env: { ...process.env, ...this.environment },
      resourceLimits: {
        maxOldGenerationSizeMb: mostMegabytes,
        maxYoungGenerationSizeMb: nurseryMegabytes,
      },
    });
    // The editor must be able to end while a check is under way.
    worker.unref();
    const running = { worker, caller: new Caller<WorkerMethods, object>(pipeTo(worker)) };
    worker.on('error', (error) => {
      if (this.running === running) {
        this.stop(l10n.t('The model file could not be read: {0}', error.message));
      }
    });
    return running;
  }

  private stop(reason: string): void {
    const { running } = this;
    this.running = undefined;
    running?.caller.close(new NormscopeError('environment', 'check-failed', reason));
    void running?.worker.terminate();
  }
}

function pipeTo(worker: Worker): Pipe {
  const on = (event: string, listener: (value: unknown) => void): Disposable => {
    worker.on(event, listener);
    return toDisposable(() => worker.off(event, listener));
  };
  return {
    send: (message) => {
      worker.postMessage(message);
    },
    onMessage: (listener) => on('message', listener),
    onClose: (listener) => on('exit', listener),
  };
}
