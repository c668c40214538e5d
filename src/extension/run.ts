import * as l10n from '@vscode/l10n';
import { errorOf, type ErrorReport } from '../base/errors.ts';
import { Emitter, type Disposable } from '../base/lifetime.ts';
import type { EngineClient } from '../engine/client.ts';
import type {
  EndEvent,
  OpenRequest,
  RunInfo,
  RunState,
  StatusEvent,
  StreamEvent,
  ValidationEvent,
} from '../protocol/engine.ts';
import type { ToView, ViewRun } from '../protocol/view.ts';
import { withMeasurement } from '../statistics/series/measurements.ts';
import { RunSeries } from '../statistics/series/runSeries.ts';

/** A little more of a run, as the panel takes it. */
export type RunDelta = Omit<Extract<ToView, { readonly type: 'delta' }>, 'type'>;

/** What a run has brought so far; it outlives the engine, so that a resumed run continues it. */
export interface RunRecord {
  readonly series: RunSeries;
  validations: readonly ValidationEvent[];
  /** The residual stream whenever somebody looked at it; absent before. */
  streams?: readonly StreamEvent[];
}

/** A run of this window with the engine that trains it, while there is one. */
export class Run implements Disposable {
  readonly request: OpenRequest;
  readonly info: RunInfo;
  readonly record: RunRecord;
  private engine: EngineClient | undefined;
  private currentStatus: StatusEvent;
  private endEvent: EndEvent | undefined;
  private checkpoint: number | undefined;
  private lostReport: ErrorReport | undefined;
  private isStopping = false;
  private readonly deltas = new Emitter<RunDelta>();
  private readonly warnings = new Emitter<ErrorReport>();
  /** More of the run: a status, steps, a validation, the residual stream, the end. */
  readonly onDelta = this.deltas.on;
  /** Something that went less than well and did not stop the run. */
  readonly onWarning = this.warnings.on;

  /** `record`: what is known of the steps before `info.step`, for a resumed run. */
  constructor(engine: EngineClient, request: OpenRequest, info: RunInfo, record?: RunRecord) {
    this.engine = engine;
    this.request = request;
    this.info = info;
    this.record = record ?? { series: new RunSeries(info.norms.length), validations: [] };
    this.record.validations = this.record.validations.filter(({ step }) => step <= info.step);
    this.currentStatus = { state: 'ready', step: info.step, stepsPerSecond: 0 };
    this.checkpoint = request.resume === undefined ? undefined : info.step;
    this.listen(engine);
  }

  get status(): StatusEvent {
    return this.currentStatus;
  }

  /** What the run ended with, when it came to its end. */
  get end(): EndEvent | undefined {
    return this.endEvent;
  }

  get state(): RunState {
    return this.currentStatus.state;
  }

  /** Why the engine ended without being told to; undefined when it did not. */
  get lost(): ErrorReport | undefined {
    return this.lostReport;
  }

  /** The step that the run can be resumed from after its engine was lost. */
  get resumableStep(): number | undefined {
    return this.lostReport === undefined ? undefined : this.checkpoint;
  }

  /** True while there is an engine that can take steps or is taking them. */
  get isOpen(): boolean {
    return this.engine !== undefined && ['ready', 'training', 'paused'].includes(this.state);
  }

  /** Process id of the engine. */
  get enginePid(): number | undefined {
    return this.engine?.pid;
  }

  /** The engine, for the debugger. Throws `run-over` when the run has ended. */
  get connection(): EngineClient {
    return this.needEngine();
  }

  /** Trains to the end, or `steps` more steps and then pauses. */
  async train(steps?: number): Promise<void> {
    await this.needEngine().request('train', steps === undefined ? {} : { steps });
  }

  /** Pauses after the step under way. */
  async pause(): Promise<void> {
    await this.needEngine().request('pause', null);
  }

  /** Ends the run after the step under way, with a checkpoint, and ends its engine; nothing for a run that is over. */
  async stop(): Promise<void> {
    if (!this.isOpen) return;
    this.isStopping = true;
    try {
      const end = await this.needEngine().request('stop', null);
      this.isStopping = false;
      this.finish(end);
    } finally {
      this.isStopping = false;
    }
  }

  /** Whether somebody looks at the residual stream, so that it is measured now and then. */
  watchStream(isWatched: boolean): void {
    // An engine that is going away measures nothing any more.
    this.engine?.request('watchStream', { isWatched }).catch(() => undefined);
  }

  /** The norm whose values somebody looks at, so that their histograms are told now and then; null for none. */
  watchHistogram(norm: string | null): void {
    // An engine that is going away measures nothing any more.
    this.engine?.request('watchHistogram', { norm }).catch(() => undefined);
  }

  /** The run as a panel shows it. */
  view(): ViewRun {
    const resumable = this.resumableStep;
    return {
      info: this.info,
      status: this.currentStatus,
      history: this.record.series.snapshot(),
      validations: this.record.validations,
      ...(this.record.streams && { streams: this.record.streams }),
      ...(this.endEvent && { end: this.endEvent }),
      ...(resumable !== undefined && { resumable: { step: resumable } }),
    };
  }

  /** Ends the engine at once; a checkpoint is only written by `stop`. */
  dispose(): void {
    this.engine?.dispose();
    this.engine = undefined;
    this.deltas.dispose();
    this.warnings.dispose();
  }

  private needEngine(): EngineClient {
    if (this.engine) return this.engine;
    throw errorOf({
      kind: 'input',
      code: 'run-over',
      message: l10n.t(
        'The run {0} has ended. Train again, or resume it from its last checkpoint.',
        this.info.id,
      ),
    });
  }

  private listen(engine: EngineClient): void {
    engine.on('status', (status) => {
      // The end event, right behind, tells that together with what it ended with.
      if (status.state === 'ended') return;
      this.setStatus(status);
      if (status.state === 'failed') this.releaseEngine();
    });
    engine.on('steps', (steps) => {
      this.record.series.append(steps);
      this.deltas.fire({ steps });
    });
    engine.on('validation', (validation) => {
      this.record.validations = [...this.record.validations, validation];
      this.deltas.fire({ validation });
    });
    engine.on('stream', (stream) => {
      this.record.streams = withMeasurement(this.record.streams ?? [], stream);
      this.deltas.fire({ stream });
    });
    engine.on('histogram', (histogram) => {
      this.deltas.fire({ histogram });
    });
    engine.on('checkpoint', ({ step }) => {
      this.checkpoint = step;
    });
    engine.on('end', (end) => {
      this.finish(end);
    });
    engine.on('warning', (warning) => {
      this.warnings.fire(warning);
    });
    engine.onLost((reason) => {
      this.lostReport = reason;
      this.engine = undefined;
      const { step } = this.currentStatus;
      this.setStatus({ state: 'failed', step, stepsPerSecond: 0, error: reason });
    });
  }

  private setStatus(status: StatusEvent): void {
    this.currentStatus = status;
    this.deltas.fire({ status });
  }

  private finish(end: EndEvent): void {
    if (!this.endEvent) {
      const { steps: step, stepsPerSecond } = end;
      this.endEvent = end;
      this.currentStatus = { state: 'ended', step, stepsPerSecond };
      this.deltas.fire({ status: this.currentStatus, end });
    }
    // The end is told before `stop` is answered, and the answer is still to come.
    if (!this.isStopping) this.releaseEngine();
  }

  /** The engine holds the memory of a whole training: a run that is over gives it back. */
  private releaseEngine(): void {
    const { engine } = this;
    this.engine = undefined;
    // Not inside of the engine's own event: the listeners after this one still hear it.
    if (engine) setImmediate(() => engine.dispose());
  }
}
