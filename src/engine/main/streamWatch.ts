import { reportOf } from '../../base/errors.ts';
import type { Server } from '../../protocol/channel/channel.ts';
import type { EngineEvents } from '../../protocol/engine.ts';
import { StreamMeter } from '../train/streamMeter.ts';
import type { Trainer } from '../train/trainer.ts';

/** Least time between two measurements while it trains, in milliseconds. */
const interval = 500;
/** A measurement waits until the training has gone on for this many times as long as the last one took. */
const patience = 50;

/** Measures the residual stream now and then while somebody looks at it, and tells the host. */
export class StreamWatch {
  private readonly trainer: Trainer;
  private readonly server: Server<EngineEvents>;
  private isWatched = false;
  private meter: Promise<StreamMeter | undefined> | undefined;
  private measuredStep = -1;
  private due = 0;

  constructor(trainer: Trainer, server: Server<EngineEvents>) {
    this.trainer = trainer;
    this.server = server;
  }

  /** Begins or ceases to measure. */
  watch(isWatched: boolean): void {
    this.isWatched = isWatched;
    this.measuredStep = -1;
    this.due = 0;
  }

  /** Measures when it is time to; between two steps only. */
  async whileTraining(): Promise<void> {
    if (performance.now() >= this.due) await this.now();
  }

  /** Measures where the trainer stands, unless that has been done or no step has been taken. What goes wrong is told, once. */
  async now(): Promise<void> {
    const { trainer } = this;
    if (!this.isWatched || trainer.step === 0 || trainer.step === this.measuredStep) return;
    const { step } = trainer;
    const start = performance.now();
    try {
      this.meter ??= StreamMeter.create(trainer);
      const points = await (await this.meter)?.measure();
      this.measuredStep = step;
      if (points) this.server.post('stream', { step, points });
    } catch (error) {
      // The training does not need it, and would go on without.
      this.isWatched = false;
      this.server.post('warning', reportOf(error));
    }
    const end = performance.now();
    this.due = end + Math.max(interval, patience * (end - start));
  }

  /** Frees the runtime's memory. */
  async dispose(): Promise<void> {
    this.isWatched = false;
    await (await this.meter?.catch(() => undefined))?.dispose();
  }
}
