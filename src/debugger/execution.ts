import { reportOf, type ErrorReport } from '../base/errors.ts';
import { DisposableStore, Emitter, type Disposable } from '../base/lifetime.ts';
import type { EngineBreakpoint, Moment, Phase, StoppedEvent } from '../protocol/debug.ts';
import type { StatusEvent } from '../protocol/status.ts';
import type { Breakpoints } from './breakpoints.ts';
import type { DebuggedRun } from './host.ts';
import { advance, findMoment, leafAt, retreat, type Move, type Position } from './moments.ts';
import { StepRecord } from './record.ts';

/** Why the training stands still, as the protocol names it. */
export interface Stop {
  readonly reason: StoppedEvent['reason'];
  /** Numbers of the breakpoints that hold. */
  readonly breakpoints: readonly number[];
  readonly text?: string;
  readonly error?: ErrorReport;
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
/** A condition about several steps, e.g. `loss > 4 for 20`. */
const overSteps = /\bfor\s+\d+/;

/** The run under the debugger: lets it train, brings it to rest, and knows where in which step it stands. */
export class Execution implements Disposable {
  readonly run: DebuggedRun;
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
  private place: Position = { index: 0, depth: 0 };
  private skips = 0;
  readonly onStop = this.stops.on;
  /** The run trains again though the debugger did not ask for it. */
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
    this.breakpoints = breakpoints;
    const { engine } = run;
    this.store.add(engine.on('stopped', (event) => this.stoppedBy(event)));
    this.store.add(engine.on('status', (status) => this.follow(status)));
    this.store.add(engine.on('end', () => this.finish({})));
    this.store.add(engine.on('log', ({ text, step }) => this.logs.fire(`step ${step}: ${text}`)));
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

  /** Trains on; stops first at what breakpoints hold later in this very step. */
  resume(): Promise<void> {
    return this.moving(async () => {
      const found = await this.firstHit(this.place.index + 1, this.momentsCount);
      if (found) return this.arriveWithin(found.position, 'breakpoint', found.breakpoints);
      await this.train();
    });
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

  /** Moves on within the step, and on to the next one at its end. */
  move(move: Move): Promise<void> {
    return this.moving(async () => {
      const { moments } = this.needRecord();
      const target = advance(moments, this.place, move);
      const last = target?.index ?? moments.length - 1;
      const found = await this.firstHit(this.place.index + 1, last);
      if (found) return this.arriveWithin(found.position, 'breakpoint', found.breakpoints);
      if (target) return this.arriveWithin(target, 'step');
      await this.acceptStep();
    });
  }

  /** Moves to the layer before, at the first one to the end of the step before. */
  moveBack(): Promise<void> {
    return this.moving(async () => {
      const record = this.needRecord();
      const target = retreat(record.moments, this.place);
      if (target) return this.arriveWithin(target, 'step');
      const { step } = record.info;
      if (step === 0) {
        return this.stay('This is the first moment of the first step: there is nothing before it.');
      }
      await this.travel(step - 1);
      const last = this.momentsCount - 1;
      return this.arriveWithin(leafAt(this.needRecord().moments, last), 'step');
    });
  }

  /** Moves back to the last place where a breakpoint held, also in earlier steps. */
  resumeBack(): Promise<void> {
    return this.moving(async () => {
      const found = await this.lastHit(this.place.index);
      if (found) return this.arriveWithin(found.position, 'breakpoint', found.breakpoints);
      const earlier = await this.run.engine.request('findBack', null);
      if (earlier === null) {
        return this.stay('No breakpoint held in an earlier step, as far as the run recorded.');
      }
      await this.travel(earlier.step);
      const { phase, path, breakpoints } = earlier;
      return this.arriveWithin(this.placeOf(phase, path), 'breakpoint', breakpoints);
    });
  }

  /** Takes the step that stands still and stands at the beginning of the next one. */
  nextStep(): Promise<void> {
    return this.moving(() => this.acceptStep());
  }

  /** Goes to the moment before step `step`: back by snapshot and replay, forward by training. */
  goToStep(step: number): Promise<void> {
    return this.moving(async () => {
      const now = this.needRecord().info.step;
      if (step > now) return this.trainUntil(step, now);
      await this.travel(step);
      return this.arriveWithin(this.placeOf('forward', undefined), 'goto');
    });
  }

  /** Trains until step `step` is the next one, unless something stops it before. */
  runToStep(step: number): Promise<void> {
    return this.moving(() => this.trainUntil(step, this.needRecord().info.step));
  }

  /** Moves to a layer within the step. */
  goTo(phase: Phase, path: string): Promise<void> {
    return this.moving(() => this.arriveWithin(this.placeOf(phase, path), 'goto'));
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

  private get momentsCount(): number {
    return this.stepRecord?.moments.length ?? 0;
  }

  private needRecord(): StepRecord {
    if (this.stepRecord === undefined) throw new Error('the debugger stands nowhere');
    return this.stepRecord;
  }

  /** One after the other, in the order in which they were asked for. */
  private exclusive<T>(action: () => Promise<T>): Promise<T> {
    const result = this.queue.then(action);
    this.queue = result.catch(() => undefined);
    return result;
  }

  /** A move that starts from a stop; whatever goes wrong, it ends in one. */
  private moving(action: () => Promise<void>): Promise<void> {
    if (this.current !== 'stopped') return Promise.resolve();
    this.current = 'moving';
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

  private async train(steps?: number): Promise<void> {
    if (this.isOver()) return;
    this.current = 'running';
    this.pausedReason = steps === undefined ? 'pause' : 'goto';
    await this.run.engine.request('train', steps === undefined ? {} : { steps });
  }

  private async trainUntil(step: number, now: number): Promise<void> {
    if (step <= now) return this.stay(`The run is at step ${now} already.`);
    await this.train(step - now);
  }

  private async acceptStep(): Promise<void> {
    const status = await this.run.engine.request('acceptStep', null);
    if (status.state === 'ended' || status.state === 'failed') return;
    await this.arrive({ reason: 'step', breakpoints: [] });
  }

  /** Back to an earlier step, with proof that it is the same as it was. */
  private async travel(step: number): Promise<void> {
    const { engine } = this.run;
    const { replayed, verified } = await engine.request('goTo', { step });
    const proof = verified
      ? 'all parameters are those of the first time'
      : 'the parameters could not be compared with those of the first time';
    this.notes.fire(`Step ${step}: ${replayed} steps computed again; ${proof}.`);
    this.stepRecord = new StepRecord(await engine.request('record', null));
  }

  private stoppedBy(event: StoppedEvent): void {
    if (this.current !== 'running') return;
    clearTimeout(this.timer);
    void this.exclusive(async () => {
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

  private follow({ state, error }: StatusEvent): void {
    if (state === 'failed') this.finish(error ? { error } : {});
    else if (state === 'ended') this.finish({});
    else if (state === 'training' && this.current === 'stopped') {
      this.current = 'running';
      this.goesOn.fire(null);
    } else if (state === 'paused' && this.current === 'running') {
      const reason = error ? 'exception' : this.pausedReason;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => {
        void this.exclusive(async () => {
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
    try {
      this.stepRecord = new StepRecord(await this.run.engine.request('record', null));
      this.place = this.placeOf(at?.phase ?? 'forward', at?.path);
    } catch (error) {
      if (this.isOver()) return;
      this.stepRecord = undefined;
      this.notes.fire(reportOf(error).message);
    }
    this.stand(stop);
  }

  private arriveWithin(
    position: Position,
    reason: Stop['reason'],
    breakpoints: readonly number[] = [],
  ): Promise<void> {
    this.place = this.clamp(position);
    this.stand({ reason, breakpoints });
    return Promise.resolve();
  }

  /** Stops where it stood, and says why. */
  private stay(text: string): Promise<void> {
    this.notes.fire(text);
    this.stand({ reason: 'step', breakpoints: [], text });
    return Promise.resolve();
  }

  private stand(stop: Stop): void {
    if (this.isOver()) return;
    this.current = 'stopped';
    this.stops.fire(stop);
  }

  private placeOf(phase: Phase, path: string | undefined): Position {
    const { moments } = this.needRecord();
    return findMoment(moments, phase, path) ?? this.clamp({ index: 0, depth: Infinity });
  }

  private clamp(position: Position): Position {
    const last = this.momentsCount - 1;
    if (last < 0) return { index: 0, depth: 0 };
    const { index, depth } = position;
    const isWithin = index >= 0 && index <= last && depth < Infinity;
    return isWithin
      ? position
      : leafAt(this.needRecord().moments, Math.max(0, Math.min(index, last)));
  }

  private async firstHit(first: number, last: number): Promise<Found | undefined> {
    for (const moment of this.stepRecord?.moments.slice(Math.max(0, first), last + 1) ?? []) {
      const found = await this.hitAt(moment);
      if (found) return found;
    }
    return undefined;
  }

  private async lastHit(before: number): Promise<Found | undefined> {
    for (const moment of this.stepRecord?.moments.slice(0, before).reverse() ?? []) {
      const found = await this.hitAt(moment);
      if (found) return found;
    }
    return undefined;
  }

  private async hitAt(moment: Moment): Promise<Found | undefined> {
    const breakpoints: number[] = [];
    for (const breakpoint of this.breakpoints.at(moment)) {
      if (await this.holds(breakpoint, moment)) breakpoints.push(breakpoint.id);
    }
    const position = { index: moment.index, depth: moment.parents.length };
    return breakpoints.length === 0 ? undefined : { position, breakpoints };
  }

  /** Conditions over the step at hand; how often one held before is the engine's to count, so those do not stop here. */
  private async holds(
    { condition, hitCondition }: EngineBreakpoint,
    { path, phase }: Moment,
  ): Promise<boolean> {
    if (hitCondition !== undefined || overSteps.test(condition ?? '')) return false;
    if (condition === undefined) return true;
    try {
      const { engine } = this.run;
      const { value, text } = await engine.request('evaluate', {
        expression: condition,
        path,
        phase,
      });
      return value === undefined ? text === 'true' : value !== 0;
    } catch (error) {
      // Such as a tap that this layer does not have: it does not hold here, which was told when it was set.
      if (reportOf(error).kind === 'internal') throw error;
      return false;
    }
  }
}

interface Found {
  readonly position: Position;
  readonly breakpoints: readonly number[];
}
