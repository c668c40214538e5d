import * as l10n from '@vscode/l10n';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { errorOf, NormscopeError, type ErrorReport } from '../../../base/errors.ts';
import type { GuardedTask } from './fillAhead.ts';
import type { Part, SampleArrays } from './filler.ts';
import type { SamplePlan } from './plan.ts';
import { arraysOf, createShared, words, type SharedBatches } from './sharedBatches.ts';

/** The threads' program: beside the bundle that this is part of, or where it is built when the sources run. */
const dataWorker = path.join(
  import.meta.dirname,
  import.meta.filename.endsWith('.ts') ? '../../../../dist' : '.',
  'dataWorker.cjs',
);
/** A batch that takes longer than this will never come. */
const longestWait = 60_000;
const waitAtOnce = 1000;

/** Takes batches that a thread fills ahead, so that a step does not wait for files to be read and pictures to be decoded. */
export class AheadReader {
  /** Largest batch that there is room for. */
  readonly size: number;
  private readonly plan: SamplePlan;
  private readonly shared: SharedBatches;
  private readonly worker: Worker;
  private readonly exited: Promise<void>;
  private part: Part = 'training';
  private batch = 0;
  private next = -1;
  private jump = 0;
  /** Milliseconds that batches were waited for. */
  waited = 0;

  /** `program` is that of the thread which fills; its guard's is always our own. */
  constructor(plan: SamplePlan, size: number, program = dataWorker) {
    this.plan = plan;
    this.size = size;
    this.shared = createShared(plan, size);
    const task: GuardedTask = { task: { plan, shared: this.shared }, program };
    this.worker = new Worker(dataWorker, { workerData: task });
    // What went wrong in it is told by its memory; nobody waits for the thread itself.
    this.worker.on('error', () => undefined);
    this.exited = new Promise((resolve) =>
      this.worker.once('exit', () => {
        this.set(words.ended, 1);
        resolve();
      }),
    );
    this.worker.unref();
  }

  /** As `SampleFiller.fill`: batches in order come at once, another place takes as long as one batch. Throws what that throws. */
  fill(part: Part, index: number, arrays: SampleArrays): number {
    const { slots } = this.shared;
    if (part !== this.part || index !== this.next || arrays.size !== this.batch) {
      this.goTo(part, index, arrays.size);
    }
    const slot = slots[index % slots.length]!;
    this.await(slot.stamp, index);
    const { input, targets } = arraysOf(slot, this.plan, arrays.size);
    arrays.input.set(input);
    arrays.targets.set(targets);
    const counted = slot.stamp[2]!;
    this.next = index + 1;
    this.set(words.next, this.next);
    this.ask();
    return counted;
  }

  /** Ends the thread; settles when it is gone. */
  async dispose(): Promise<void> {
    this.set(words.stopped, 1);
    this.ask();
    await this.exited;
  }

  private goTo(part: Part, index: number, size: number): void {
    this.part = part;
    this.batch = size;
    this.set(words.isValidation, part === 'validation' ? 1 : 0);
    this.set(words.size, size);
    this.set(words.first, index);
    this.set(words.next, index);
    this.jump++;
    this.set(words.jump, this.jump);
    this.ask();
  }

  private await(stamp: Int32Array, index: number): void {
    const { control } = this.shared;
    const start = performance.now();
    for (;;) {
      const answered = Atomics.load(control, words.answered);
      if (Atomics.load(stamp, 0) === this.jump && Atomics.load(stamp, 1) === index) break;
      this.requireAlive(performance.now() - start);
      Atomics.wait(control, words.answered, answered, waitAtOnce);
    }
    this.waited += performance.now() - start;
  }

  private requireAlive(milliseconds: number): void {
    const { control, error } = this.shared;
    const length = Atomics.load(control, words.failed);
    if (length > 0) {
      const text = new TextDecoder().decode(error.slice(0, length));
      throw errorOf(JSON.parse(text) as ErrorReport);
    }
    if (Atomics.load(control, words.ended) === 1) {
      throw new NormscopeError(
        'environment',
        'data-stalled',
        l10n.t(
          'The thread that reads the data has ended, perhaps for want of memory. Close other programs, and go on from the last checkpoint.',
        ),
      );
    }
    if (milliseconds < longestWait) return;
    throw new NormscopeError(
      'environment',
      'data-stalled',
      l10n.t(
        'A batch was not there after {0} seconds. Look whether the disk answers, and go on from the last checkpoint.',
        longestWait / 1000,
      ),
    );
  }

  private set(word: number, value: number): void {
    Atomics.store(this.shared.control, word, value);
  }

  private ask(): void {
    Atomics.add(this.shared.control, words.asked, 1);
    Atomics.notify(this.shared.control, words.asked);
  }
}
