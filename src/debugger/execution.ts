import * as l10n from '@vscode/l10n';
import { reportOf, type ErrorReport } from '../base/errors.ts';
import { DisposableStore, Emitter, type Disposable } from '../base/lifetime.ts';
import type { Phase, StoppedEvent } from '../protocol/debug.ts';
import type { StatusEvent } from '../protocol/status.ts';
import type { Breakpoints } from './breakpoints.ts';
import type { DebuggedRun } from './host.ts';
import { Instructions } from './instructions.ts';
import { findMoment, leafAt, type Position } from './moments.ts';
import { StepRecord } from './record.ts';
import { Travel } from './travel.ts';

/** Why the training stands still, as the protocol names it. */
export interface Stop {
  readonly reason: StoppedEvent['reason'];
  /** Numbers of the breakpoints that hold. */
  readonly breakpoints: readonly number[];
  readonly text?: string;
  readonly error?: ErrorReport;
  /** More about an error, line by line. */
  readonly details?: string;
}

/** The end of a run, or of the session's part in it. */
export interface Over {
  readonly error?: ErrorReport;
}

/** `moving` lies between a request to move and the stop it ends in. */
export type ExecutionState = 'running' | 'moving' | 'stopped' | 'over';

/** A `paused` that no reason follows was asked for by somebody else. */
const reasonDelay = 50;
/** How often a stop may be one that lies behind, before it counts. */
const mostSkips = 100;

/** The run under the debugger: lets it train, brings it to rest, and knows where in which step it stands. */
export class Execution implements Disposable {
  readonly run: DebuggedRun;
  /** Journeys to earlier steps. */
  readonly travel: Travel;
  private readonly breakpoints: Breakpoints;
  private readonly store = new DisposableStore();
  private readonly stops = new Emitter<Stop>();
  private readonly goesOn = new Emitter<null>();
  private readonly ends = new Emitter<Over>();
  private readonly notes = new Emitter<string>();
  private readonly logs = new Emitter<string>();
  private readonly warnings = new Emitter<string>();
  private current: ExecutionState = 'running';
  private queue: Promise<unknown> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private pausedReason: Stop['reason'] = 'pause';
  private stepRecord: StepRecord | undefined;
  private program: { readonly record: StepRecord; readonly instructions: Instructions } | undefined;
  private place: Position = { index: 0, depth: 0 };
  private skips = 0;
  private lastStep: number;
  readonly onStop = this.stops.on;
  /** The run trains again though the client did not ask for it by a request of the protocol. */
  readonly onGoOn = this.goesOn.on;
  /** Fires once. */
  readonly onOver = this.ends.on;
  /** Something to tell the user. */
  readonly onNote = this.notes.on;
  /** A logpoint's text. */
  readonly onLog = this.logs.on;
  /** Something of the run that went less than well. */
  readonly onWarning = this.warnings.on;

  constructor(run: DebuggedRun, breakpoints: Breakpoints) {
    this.run = run;
    this.lastStep = run.info.step;
    this.breakpoints = breakpoints;
    const { engine } = run;
    this.travel = this.store.add(new Travel(engine));
    this.store.add(engine.on('stopped', (event) => this.stoppedBy(event)));
    this.store.add(engine.on('status', (status) => this.follow(status)));
    this.store.add(engine.on('end', () => this.finish({})));
    this.store.add(
      engine.on('log', ({ text, step }) => this.logs.fire(l10n.t('step {0}: {1}', step, text))),
    );
    this.store.add(engine.on('warning', ({ message }) => this.warnings.fire(message)));
    this.store.add(engine.onLost((error) => this.finish({ error })));
  }

  get state(): ExecutionState {
    return this.current;
  }

  /** The step that the debugger stands in; undefined while the run trains. */
  get record(): StepRecord | undefined {
    return this.current === 'stopped' ? this.stepRecord : undefined;
  }

  get position(): Position {
    return this.place;
  }

  /** The record that a move starts from; undefined where all steps are taken. */
  get recorded(): StepRecord | undefined {
    return this.stepRecord;
  }

  /** The same, of a step that there must be. */
  needRecord(): StepRecord {
    if (this.stepRecord === undefined) throw new Error('the debugger stands nowhere');
    return this.stepRecord;
  }

  /** The step before which the run stands. */
  get step(): number {
    return this.stepRecord?.info.step ?? this.lastStep;
  }

  /** The compiled step; asked for once per record: a value that was set for an activation is an operation of its own. */
  async instructions(): Promise<Instructions> {
    const record = this.needRecord();
    if (this.program?.record !== record) {
      const list = await this.run.engine.request('instructions', null);
      this.program = { record, instructions: new Instructions(list) };
    }
    return this.program.instructions;
  }

  /** Lets a run that was never stopped train: at the beginning of a session. */
  async start(): Promise<void> {
    await this.exclusive(() => this.train());
  }

  /** Brings a training run to rest. */
  pause(reason: Stop['reason'] = 'pause'): Promise<void> {
    if (this.current !== 'running') return Promise.resolve();
    this.pausedReason = reason;
    return this.exclusive(async () => {
      await this.run.engine.request('pause', null);
      if (this.current === 'running') await this.arrive({ reason, breakpoints: [] });
    });
  }

  /** Stands before the first step that is not taken yet. */
  enter(reason: Stop['reason']): Promise<void> {
    this.current = 'moving';
    return this.exclusive(() => this.arrive({ reason, breakpoints: [] }));
  }

  /** A move that starts from a stop; whatever goes wrong, it ends in one. */
  moving(action: () => Promise<void>): Promise<void> {
    if (this.current !== 'stopped') return Promise.resolve();
    this.current = 'moving';
    return this.endingInStop(action);
  }

  /** Inside of a move: trains on, or so many steps. */
  async train(steps?: number): Promise<void> {
    if (this.isOver()) return;
    this.current = 'running';
    this.pausedReason = steps === undefined ? 'pause' : 'goto';
    await this.run.engine.request('train', steps === undefined ? {} : { steps });
  }

  /** Inside of a move that the client does not know to let the run train: tells it, and trains. */
  goOn(steps?: number): Promise<void> {
    this.goesOn.fire(null);
    return this.train(steps);
  }

  /** Inside of a move: takes the step that stands still, and stands at the beginning of the next one. */
  async acceptStep(): Promise<void> {
    const status = await this.run.engine.request('acceptStep', null);
    if (status.state === 'ended' || status.state === 'failed') return;
    await this.arrive({ reason: 'step', breakpoints: [] });
  }

  /** Inside of a move: to an earlier step, with proof that it is the same as it was; stands there when it is cancelled on the way. */
  async travelTo(step: number): Promise<void> {
    try {
      this.notes.fire(await this.travel.to(step));
    } finally {
      if (!this.isOver()) await this.look();
    }
  }

  /** Inside of a move: stands at a place of the step. */
  arriveWithin(
    position: Position,
    reason: Stop['reason'],
    breakpoints: readonly number[] = [],
  ): Promise<void> {
    this.place = this.clamp(position);
    this.stand({ reason, breakpoints });
    return Promise.resolve();
  }

  /** Inside of a move: stops where it stood, and says why. */
  stay(text: string): Promise<void> {
    this.notes.fire(text);
    this.stand({ reason: 'step', breakpoints: [], text });
    return Promise.resolve();
  }

  /** Where a layer of the step is; its first layer when there is none like that, and nowhere in particular without a step. */
  placeOf(phase: Phase, path: string | undefined): Position {
    const moments = this.stepRecord?.moments ?? [];
    return findMoment(moments, phase, path) ?? this.clamp({ index: 0, depth: Infinity });
  }

  /** Asks for the record again after a value of it was changed. */
  refresh(): Promise<void> {
    return this.exclusive(async () => {
      const info = await this.run.engine.request('record', null);
      this.stepRecord = new StepRecord(info);
      this.place = this.clamp(this.place);
    });
  }

  /** Forgets the engine's events; the run itself is left as it is. */
  dispose(): void {
    clearTimeout(this.timer);
    this.current = 'over';
    this.store.dispose();
    const { stops, goesOn, ends, notes, logs, warnings } = this;
    for (const emitter of [stops, goesOn, ends, notes, logs, warnings]) emitter.dispose();
  }

  /** One after the other, in the order in which they were asked for. */
  private exclusive<T>(action: () => Promise<T>): Promise<T> {
    const result = this.queue.then(action);
    this.queue = result.catch(() => undefined);
    return result;
  }

  /** What goes wrong in it is said at the stop that it ends in; nobody else waits for it. */
  private endingInStop(action: () => Promise<void>): Promise<void> {
    return this.exclusive(async () => {
      try {
        await action();
      } catch (error) {
        if (this.isOver()) return;
        await this.stay(reportOf(error).message);
      }
    });
  }

  private isOver(): boolean {
    return this.current === 'over';
  }

  private stoppedBy(event: StoppedEvent): void {
    if (this.current !== 'running') return;
    clearTimeout(this.timer);
    void this.endingInStop(async () => {
      if (this.current !== 'running') return;
      if (this.liesBehind(event)) return this.train();
      await this.arrive(event, event);
    });
  }

  /** Whether a stop is at a place that the user has stepped past in this very step. */
  private liesBehind({ step, phase, path, reason }: StoppedEvent): boolean {
    const record = this.stepRecord;
    const isHere = record?.info.step === step && reason === 'breakpoint' && path !== undefined;
    const position = isHere ? findMoment(record.moments, phase, path) : undefined;
    if (position === undefined || position.index > this.place.index) return false;
    return ++this.skips <= mostSkips;
  }

  private follow({ state, error, step }: StatusEvent): void {
    this.lastStep = step;
    if (state === 'failed') this.finish(error ? { error } : {});
    else if (state === 'ended') this.finish({});
    else if (state === 'training' && this.current === 'stopped') {
      this.current = 'running';
      this.goesOn.fire(null);
    } else if (state === 'paused' && this.current === 'running') {
      const reason = error ? 'exception' : this.pausedReason;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => {
        void this.endingInStop(async () => {
          if (this.current !== 'running') return;
          await this.arrive({
            reason,
            breakpoints: [],
            ...(error && { error, text: error.message }),
          });
        });
      }, reasonDelay);
    }
  }

  private finish(over: Over): void {
    if (this.isOver()) return;
    this.current = 'over';
    clearTimeout(this.timer);
    this.ends.fire(over);
  }

  /** Records the step that is next and stands in it. */
  private async arrive(
    stop: Stop,
    at?: { readonly phase: Phase; readonly path?: string },
  ): Promise<void> {
    this.current = 'moving';
    this.skips = 0;
    await this.look(at);
    if (this.stepRecord) this.place = this.breakpoints.within(this.place, stop.breakpoints);
    this.stand(stop);
  }

  /** Records the step that is next, if there is one, and says if not. */
  private async look(at?: { readonly phase: Phase; readonly path?: string }): Promise<void> {
    try {
      this.stepRecord = new StepRecord(await this.run.engine.request('record', null));
      this.place = this.placeOf(at?.phase ?? 'forward', at?.path);
    } catch (error) {
      this.stepRecord = undefined;
      if (!this.isOver()) this.notes.fire(reportOf(error).message);
    }
  }

  private stand(stop: Stop): void {
    if (this.isOver()) return;
    this.current = 'stopped';
    this.stops.fire(stop);
  }

  private clamp(position: Position): Position {
    const moments = this.stepRecord?.moments ?? [];
    const last = moments.length - 1;
    if (last < 0) return { index: 0, depth: 0 };
    const { index, depth } = position;
    const isWithin = index >= 0 && index <= last && depth < Infinity;
    return isWithin ? position : leafAt(moments, Math.max(0, Math.min(index, last)));
  }
}
