import { reportOf, type ErrorReport } from '../../base/errors.ts';
import type { Trainer } from '../train/trainer.ts';

/** Least time between two measurements while it trains, in milliseconds. */
const interval = 500;
/** A measurement waits until the training has gone on for this many times as long as the last one took. */
const patience = 50;

/** Measures something on the trainer's parameters with a program of its own. */
interface Meter<Result> {
  measure(): Promise<Result>;
  /** Frees the runtime's memory. */
  dispose(): Promise<void>;
}

interface WatchOptions<Subject, Result> {
  readonly trainer: Trainer;
  /** Undefined where the model has nothing to measure. */
  readonly open: (subject: Subject) => Promise<Meter<Result> | undefined>;
  readonly tell: (step: number, subject: Subject, result: Result) => void;
  readonly warn: (report: ErrorReport) => void;
}

/** Measures what somebody looks at, now and then, and tells it; nobody pays for what nobody looks at. */
export class Watch<Subject, Result> {
  private readonly options: WatchOptions<Subject, Result>;
  private subject: Subject | null = null;
  private opened:
    { readonly subject: Subject; readonly meter: Meter<Result> | undefined } | undefined;
  /** The step before which the subject was last measured. */
  private measuredStep = -1;
  private due = 0;

  constructor(options: WatchOptions<Subject, Result>) {
    this.options = options;
  }

  /** Looks at something else, or at nothing. Its program is made, and that of the last one freed, at the next measurement. */
  watch(subject: Subject | null): void {
    this.subject = subject;
    this.measuredStep = -1;
    this.due = 0;
  }

  /** Measures when it is time to; between two steps only. */
  async whileTraining(): Promise<void> {
    if (performance.now() >= this.due) await this.now();
  }

  /** Measures where the trainer stands, unless that has been done. What goes wrong is told, once. */
  async now(): Promise<void> {
    const { subject, options } = this;
    if (subject === null) return this.dispose();
    const { step } = options.trainer;
    if (step === this.measuredStep) return;
    const start = performance.now();
    try {
      const result = await (await this.meterOf(subject))?.measure();
      this.measuredStep = step;
      if (result !== undefined) options.tell(step, subject, result);
    } catch (error) {
      // The training does not need it, and would go on without.
      this.subject = null;
      options.warn(reportOf(error));
    }
    const end = performance.now();
    this.due = end + Math.max(interval, patience * (end - start));
  }

  /** Frees the runtime's memory. */
  async dispose(): Promise<void> {
    const { opened } = this;
    this.opened = undefined;
    await opened?.meter?.dispose();
  }

  private async meterOf(subject: Subject): Promise<Meter<Result> | undefined> {
    if (this.opened?.subject !== subject) {
      await this.dispose();
      this.opened = { subject, meter: await this.options.open(subject) };
    }
    return this.opened.meter;
  }
}
