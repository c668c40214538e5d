import { reportOf } from '../../base/errors.ts';
import type { Server } from '../../protocol/channel/channel.ts';
import type { EngineEvents } from '../../protocol/engine.ts';
import { HistogramMeter } from '../train/histogramMeter.ts';
import type { Trainer } from '../train/trainer.ts';

/** Least time between two measurements while it trains, in milliseconds. */
const interval = 500;
/** A measurement waits until the training has gone on for this many times as long as the last one took. */
const patience = 50;

/** Measures now and then how the values before and after a norm are spread, while somebody looks at it, and tells the host. */
export class HistogramWatch {
  private readonly trainer: Trainer;
  private readonly server: Server<EngineEvents>;
  private norm: string | null = null;
  private meter: { readonly norm: string; readonly meter: HistogramMeter | undefined } | undefined;
  private measured = '';
  private due = 0;

  constructor(trainer: Trainer, server: Server<EngineEvents>) {
    this.trainer = trainer;
    this.server = server;
  }

  /** Looks at another norm, or at none. Its program is made, and that of the last one freed, at the next measurement. */
  watch(norm: string | null): void {
    this.norm = norm;
    this.measured = '';
    this.due = 0;
  }

  /** Measures when it is time to; between two steps only. */
  async whileTraining(): Promise<void> {
    if (performance.now() >= this.due) await this.now();
  }

  /** Measures where the trainer stands, unless that has been done. What goes wrong is told, once. */
  async now(): Promise<void> {
    const { trainer, norm } = this;
    if (norm === null) {
      await this.dispose();
      return;
    }
    const key = `${trainer.step} ${norm}`;
    if (key === this.measured) return;
    const start = performance.now();
    try {
      const found = await (await this.meterOf(norm))?.measure();
      this.measured = key;
      if (found) this.server.post('histogram', { step: trainer.step, norm, ...found });
    } catch (error) {
      // The training does not need it, and would go on without.
      this.norm = null;
      this.server.post('warning', reportOf(error));
    }
    const end = performance.now();
    this.due = end + Math.max(interval, patience * (end - start));
  }

  /** Frees the runtime's memory. */
  async dispose(): Promise<void> {
    const { meter } = this;
    this.meter = undefined;
    await meter?.meter?.dispose();
  }

  private async meterOf(norm: string): Promise<HistogramMeter | undefined> {
    if (this.meter?.norm !== norm) {
      await this.dispose();
      this.meter = { norm, meter: await HistogramMeter.create(this.trainer, norm) };
    }
    return this.meter.meter;
  }
}
