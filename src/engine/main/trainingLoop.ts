import * as l10n from '@vscode/l10n';
import { setImmediate } from 'node:timers/promises';
import { NormscopeError, reportOf } from '../../base/errors.ts';
import type { Server } from '../../protocol/channel/channel.ts';
import type { EndEvent, EngineEvents, RunState, StatusEvent } from '../../protocol/engine.ts';
import type { TrainingSettings } from '../../language/settings.ts';
import type { StoppedEvent } from '../../protocol/debug.ts';
import type { RunDebugger } from '../debug/debugger.ts';
import { writeConfusion } from '../runs/confusionFile.ts';
import { EpochMeter } from '../runs/epochs.ts';
import type { Validation } from '../train/evaluation.ts';
import { explainEvaluation } from '../train/evaluationGap.ts';
import { NonFiniteError } from '../train/nonFinite.ts';
import type { StepRecord, Trainer } from '../train/trainer.ts';
import { Publisher } from './publisher.ts';
import type { RunStore } from './runStore.ts';
import { Watches } from './watches.ts';

/** A checkpoint by time comes after this long, or later where writing one takes more than a hundredth of it. */
const checkpointInterval = 10_000;
const checkpointShare = 100;

/** Thrown inside of the loop to leave it. */
class StoppedSignal extends Error {}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Takes the steps of a run, one after the other, with validations and checkpoints between them. Between two steps, and between two
 * batches of a validation, it looks whether it shall pause or stop. A failed write pauses it; then `train` tries again.
 */
export class TrainingLoop {
  private readonly trainer: Trainer;
  private readonly store: RunStore;
  private readonly settings: TrainingSettings;
  private readonly server: Server<EngineEvents>;
  private readonly publisher: Publisher;
  private readonly total: number;
  private current: RunState = 'ready';
  private pauseAt = Infinity;
  private shallPause = false;
  private shallStop = false;
  /** Resumes a paused loop. */
  private wake: (() => void) | undefined;
  private readonly pausing: Waiting[] = [];
  private ending: Promise<EndEvent> | undefined;
  private lastLoss = NaN;
  private isExplained = false;
  private validated: (Validation & { readonly step: number }) | undefined;
  /** Absent where the data has no end. */
  private readonly epochs: EpochMeter | undefined;
  private lastCheckpoint = performance.now();
  private checkpointCost = 0;
  private stepMilliseconds = 0;
  /** Milliseconds that the step at hand took to compute. */
  private computing = 0;
  private trainingMilliseconds = 0;
  private resumedAt = performance.now();
  private readonly firstStep: number;
  /** Steps that have been taken and told; the trainer may stand before some of them. */
  private told: number;
  /** What somebody looks at beside the steps. */
  readonly watches: Watches;
  /** Looks at each step before it is accepted. */
  inspector: RunDebugger | undefined;

  constructor(trainer: Trainer, store: RunStore, server: Server<EngineEvents>) {
    this.trainer = trainer;
    this.store = store;
    this.server = server;
    this.settings = trainer.options.model.settings;
    this.total = trainer.options.steps;
    const { stepsPerEpoch } = this.settings;
    if (stepsPerEpoch !== undefined) this.epochs = new EpochMeter(stepsPerEpoch);
    this.publisher = new Publisher(server);
    this.watches = new Watches(trainer, server);
    this.firstStep = trainer.step;
    this.told = trainer.step;
    store.markPaused(true);
  }

  /** Steps that the run has been through, also when the trainer stands before them. */
  get reached(): number {
    return Math.max(this.told, this.trainer.step);
  }

  /** The newest validation. */
  get newestValidation(): { readonly step: number; readonly loss: number } | undefined {
    return this.validated;
  }

  get status(): StatusEvent {
    return {
      state: this.current,
      step: this.trainer.step,
      stepsPerSecond: this.publisher.stepsPerSecond,
    };
  }

  /** From the step that is next on the run goes another way: what was kept of later steps is forgotten. */
  async fork(): Promise<void> {
    const { step } = this.trainer;
    this.publisher.flush();
    await this.store.rewind(step);
    this.told = Math.min(this.told, step);
    if (this.validated && this.validated.step > step) this.validated = undefined;
    await this.recallEpoch();
  }

  /** Tells that the trainer stands elsewhere. */
  moved(): void {
    this.postStatus();
  }

  /** Takes one step and waits until it is taken, or something else ends the training. */
  async takeOne(): Promise<StatusEvent> {
    this.train(1);
    if (this.isTraining()) {
      await new Promise<void>((resolve, reject) => this.pausing.push({ resolve, reject }));
    }
    return this.status;
  }

  get state(): RunState {
    return this.current;
  }

  /** Trains to the end, or `steps` more and then pauses. Returns at once. */
  train(steps: number | undefined): void {
    if (this.current === 'ended' || this.current === 'failed') {
      throw new NormscopeError('input', 'run-over', l10n.t('This run is over. Start a new one.'));
    }
    this.pauseAt = steps === undefined ? Infinity : this.trainer.step + steps;
    this.shallPause = false;
    if (this.current === 'training') return;
    this.resumedAt = performance.now();
    this.setState('training');
    this.wake?.();
    this.ending ??= this.run();
    // Who waits for the end hears of a failure; a status event tells everybody else.
    this.ending.catch(() => undefined);
  }

  /** Pauses after the step under way. */
  async pause(): Promise<void> {
    if (this.current !== 'training') return;
    this.shallPause = true;
    await new Promise<void>((resolve, reject) => this.pausing.push({ resolve, reject }));
  }

  /** Ends the run after the step under way, with a checkpoint. */
  async stop(): Promise<EndEvent> {
    this.shallStop = true;
    this.wake?.();
    this.ending ??= this.run();
    return this.ending;
  }

  private async run(): Promise<EndEvent> {
    try {
      await this.writeFirstCheckpoint();
      await this.recallEpoch();
      // A run that is resumed at its end takes no step that would tell it.
      if (Number.isNaN(this.lastLoss)) this.lastLoss = await this.store.lastLoss();
      await this.trainToEnd();
    } catch (error) {
      if (!(error instanceof StoppedSignal)) return this.fail(error);
    }
    return this.finish();
  }

  private async trainToEnd(): Promise<void> {
    const { trainer, settings, total } = this;
    const isDue = (every: number): boolean => every > 0 && trainer.step % every === 0;
    while (trainer.step < total) {
      if (trainer.step >= this.pauseAt) this.shallPause = true;
      await this.gate();
      const wasPrepared = this.trainer.pending !== undefined;
      const start = performance.now();
      const prepared = await this.prepare();
      if (prepared === undefined) continue;
      // A step at which the run stood still was computed before that.
      if (!wasPrepared) this.computing = performance.now() - start;
      const milliseconds = this.computing;
      if (this.inspector && !(await this.passes(prepared, this.inspector))) continue;
      const record = trainer.acceptStep();
      this.inspector?.accepted(record, milliseconds);
      const isNew = record.step >= this.told;
      if (isNew) await this.take(record, milliseconds);
      await this.watches.whileTraining();
      if (isNew && trainer.step < total) {
        if (isDue(settings.validateEvery)) await this.validate();
        await this.endEpoch();
        if (isDue(settings.checkpointEvery) || this.isCheckpointTime()) await this.checkpoint();
      }
      await setImmediate();
    }
    await this.validate();
    await this.endEpoch();
  }

  /** Tells of the epoch that ended with this step, if one did. */
  private async endEpoch(): Promise<void> {
    const epoch = this.epochs?.ended(this.trainer.step, this.validated);
    if (epoch === undefined) return;
    await this.publish();
    this.server.post('epoch', epoch);
  }

  /** An epoch that is under way already began in an earlier process, or goes another way now. */
  private async recallEpoch(): Promise<void> {
    const { step } = this.trainer;
    if (this.epochs && step > 0) this.epochs.recall(await this.store.history(), step);
  }

  /** The next step, not accepted yet; undefined when it cannot be taken and a debugger has looked at that. */
  private async prepare(): Promise<StepRecord | undefined> {
    try {
      return await this.trainer.prepareStep();
    } catch (error) {
      if (!(error instanceof NonFiniteError)) throw error;
      await this.store.saveReport(error.report).catch((problem: unknown) => {
        this.server.post('warning', reportOf(problem));
      });
      if (this.inspector === undefined) throw error;
      await this.rest(this.inspector.failed(error), error);
      return undefined;
    }
  }

  /** Stands still where a breakpoint holds; whether the step is still to be accepted after that. */
  private async passes(record: StepRecord, inspector: RunDebugger): Promise<boolean> {
    const stop = await inspector.inspect(record);
    if (stop === undefined) return true;
    await this.rest(stop);
    return this.trainer.pending === record;
  }

  private async rest(stop: StoppedEvent, error?: unknown): Promise<void> {
    this.publisher.flush();
    await this.persist(() => this.store.flush());
    await this.hold(error, stop);
  }

  private isTraining(): boolean {
    return this.current === 'training';
  }

  private async take(record: StepRecord, milliseconds: number): Promise<void> {
    this.told = record.step + 1;
    this.lastLoss = record.loss;
    this.epochs?.add(record);
    this.stepMilliseconds += milliseconds;
    this.store.addStep(record);
    if (this.publisher.add(record, milliseconds)) await this.publish();
  }

  private async publish(): Promise<void> {
    if (!this.publisher.flush()) return;
    this.postStatus();
    await this.persist(() => this.store.flush());
  }

  /** Says once, until it is over, that evaluation does far worse than training for a reason that training does not show. */
  private explainEvaluation(validationLoss: number): void {
    const gaps = this.trainer.runningGaps();
    const message = explainEvaluation(this.lastLoss, validationLoss, gaps);
    if (message !== undefined && !this.isExplained) {
      this.server.post('warning', { kind: 'input', code: 'evaluation-differs', message });
    }
    this.isExplained = message !== undefined;
  }

  private async validate(): Promise<void> {
    const { trainer, store } = this;
    if (this.validated?.step === trainer.step) return;
    await this.publish();
    const { step } = trainer;
    const validation = await trainer.validate(() => this.gate());
    // At a pause somebody may have gone elsewhere.
    if (validation === undefined || trainer.step !== step) return;
    this.validated = { step, ...validation };
    store.addValidation(this.validated);
    const { confusion } = validation;
    if (confusion) await this.persist(() => writeConfusion(store.directory, { step, confusion }));
    this.server.post('validation', this.validated);
    this.explainEvaluation(validation.loss);
    if (store.hasNewBest && step < this.total) await this.checkpoint();
  }

  private isCheckpointTime(): boolean {
    const interval = Math.max(checkpointInterval, checkpointShare * this.checkpointCost);
    return performance.now() - this.lastCheckpoint > interval;
  }

  /** A run can be resumed from its first moment on. */
  private async writeFirstCheckpoint(): Promise<void> {
    if (this.store.checkpointStep === undefined) await this.checkpoint();
  }

  private async checkpoint(): Promise<void> {
    const { step } = this.trainer;
    if (this.store.checkpointStep === step || step < this.told) return;
    await this.publish();
    await this.persist(async () => {
      const start = performance.now();
      const directory = await this.store.checkpoint(this.trainer);
      this.lastCheckpoint = performance.now();
      this.checkpointCost = this.lastCheckpoint - start;
      this.server.post('checkpoint', { step, directory });
    });
  }

  /** Writes; when that fails the loop pauses, and tries again when it is told to train. */
  private async persist(write: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await write();
        return;
      } catch (error) {
        if (reportOf(error).kind !== 'environment') throw error;
        if (this.shallStop) throw new StoppedSignal();
        await this.hold(error);
      }
    }
  }

  /** Goes on at once, waits while paused, or leaves the loop. */
  private async gate(): Promise<void> {
    if (this.shallPause && !this.shallStop) {
      this.publisher.flush();
      await this.persist(() => this.store.flush());
      await this.watches.now();
    }
    return this.obey();
  }

  /** What is asked for now; while something was written or measured, that may have changed. */
  private async obey(): Promise<void> {
    if (this.shallStop) throw new StoppedSignal();
    if (this.shallPause) await this.hold();
  }

  /** Waits until somebody says train or stop. */
  private async hold(error?: unknown, stop?: StoppedEvent): Promise<void> {
    this.trainingMilliseconds += performance.now() - this.resumedAt;
    this.shallPause = false;
    this.pauseAt = Infinity;
    const woken = new Promise<void>((resolve) => (this.wake = resolve));
    this.setState('paused', error);
    if (stop) this.server.post('stopped', stop);
    for (const { resolve } of this.pausing.splice(0)) resolve();
    await woken;
    this.wake = undefined;
    if (this.shallStop) throw new StoppedSignal();
  }

  private async finish(): Promise<EndEvent> {
    const { trainer } = this;
    await this.watches.now();
    if (this.current === 'training') {
      this.trainingMilliseconds += performance.now() - this.resumedAt;
    }
    try {
      this.publisher.flush();
      await this.store.flush();
      const { step } = trainer;
      if (this.store.checkpointStep !== step && step >= this.told) {
        const directory = await this.store.checkpoint(trainer);
        this.server.post('checkpoint', { step, directory });
      }
    } catch (error) {
      return this.pauseUnfinished(error);
    }
    const steps = trainer.step - this.firstStep;
    const end: EndEvent = {
      steps: trainer.step,
      loss: this.lastLoss,
      ...this.lastValidation(),
      seconds: this.trainingMilliseconds / 1000,
      stepsPerSecond: steps === 0 ? 0 : steps / (this.stepMilliseconds / 1000),
      parametersHash: trainer.parametersHash(),
    };
    this.setState('ended');
    this.server.post('end', end);
    this.releaseWaiting();
    return end;
  }

  private lastValidation(): Pick<EndEvent, 'validationLoss' | 'validationAccuracy'> {
    const { validated } = this;
    if (validated?.step !== this.trainer.step) return {};
    const { loss, accuracy } = validated;
    return {
      validationLoss: loss,
      ...(accuracy !== undefined && { validationAccuracy: accuracy }),
    };
  }

  /** The end could not be written: the run stays open, so that `stop` or `train` can try again. */
  private pauseUnfinished(error: unknown): never {
    this.shallStop = false;
    this.ending = undefined;
    this.setState('paused', error);
    this.releaseWaiting();
    throw error;
  }

  /** A rule stopped the run, or it broke. What was reached is kept if it can be written. */
  private async fail(error: unknown): Promise<never> {
    this.publisher.flush();
    try {
      await this.store.flush();
      const isIntact = reportOf(error).kind === 'rule';
      if (isIntact && this.store.checkpointStep !== this.trainer.step) {
        await this.store.checkpoint(this.trainer);
      }
    } catch (second) {
      this.server.post('warning', reportOf(second));
    }
    this.setState('failed', error);
    this.releaseWaiting();
    throw error;
  }

  private releaseWaiting(): void {
    for (const { resolve } of this.pausing.splice(0)) resolve();
  }

  private setState(state: RunState, error?: unknown): void {
    this.current = state;
    this.store.markPaused(state !== 'training');
    this.postStatus(error);
  }

  private postStatus(error?: unknown): void {
    const status = this.status;
    this.server.post(
      'status',
      error === undefined ? status : { ...status, error: reportOf(error) },
    );
  }
}
