import type { Trainer } from '../train/trainer.ts';

export interface SnapshotOptions {
  readonly every?: number;
  readonly bytes?: number;
}

/** Parameters and optimizer state after `step` steps. */
export interface Snapshot {
  readonly step: number;
  readonly state: Uint8Array;
  readonly hash: bigint;
}

const defaultBytes = 512 * 2 ** 20;
const leastEvery = 50;
/** A snapshot may cost one part in so many of the time. */
const costShare = 50;

/** Snapshots of a run in memory, dense lately and sparse long ago. */
export class Snapshots {
  private readonly options: SnapshotOptions;
  private held: Snapshot[] = [];
  private cost = 0;

  constructor(options: SnapshotOptions) {
    this.options = options;
  }

  /** Takes a snapshot where one is due; `milliseconds` is what a step takes. */
  offer(trainer: Trainer, milliseconds: number): void {
    const least = milliseconds > 0 ? Math.ceil((this.cost * costShare) / milliseconds) : 0;
    const every = this.options.every ?? Math.max(leastEvery, least);
    const last = this.before(trainer.step);
    if (last === undefined || trainer.step - last.step >= every) this.take(trainer);
  }

  take(trainer: Trainer): void {
    const { step } = trainer;
    if (this.held.some((snapshot) => snapshot.step === step)) return;
    const budget = this.options.bytes ?? defaultBytes;
    if (2 * (this.held[0]?.state.length ?? 0) > budget) {
      // There is room for one: the newest, and not for its predecessor at the same time.
      if (this.held.some((snapshot) => snapshot.step > step)) return;
      this.held = [];
    }
    const start = performance.now();
    const snapshot = { step, state: trainer.snapshot(), hash: trainer.state.hash() };
    this.cost = performance.now() - start;
    this.held = [...this.held, snapshot].sort((a, b) => a.step - b.step);
    while (this.held.length > 2 && this.held.length * snapshot.state.length > budget) this.thin();
  }

  get steps(): readonly number[] {
    return this.held.map(({ step }) => step);
  }

  /** The last one that is not after `step`. */
  before(step: number): Snapshot | undefined {
    return this.held.findLast((snapshot) => snapshot.step <= step);
  }

  /** Forgets what comes after `step`: the run goes another way from there. */
  cut(step: number): void {
    this.held = this.held.filter((snapshot) => snapshot.step <= step);
  }

  /** Drops the one whose neighbours are closest to each other, measured by how long ago it was; never the first or last. */
  private thin(): void {
    const newest = this.held.at(-1).step;
    let best = 1;
    let least = Infinity;
    for (let i = 1; i < this.held.length - 1; i++) {
      const gap = this.held[i + 1]!.step - this.held[i - 1]!.step;
      const weight = gap / (newest - this.held[i]!.step + 1);
      if (weight >= least) continue;
      least = weight;
      best = i;
    }
    this.held = this.held.toSpliced(best, 1);
  }
}
