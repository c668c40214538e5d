import type { Server } from '../../protocol/channel/channel.ts';
import type { EngineEvents } from '../../protocol/engine.ts';
import type { StreamPoint } from '../../statistics/stream.ts';
import { HistogramMeter, type NormValues } from '../train/histogramMeter.ts';
import { StreamMeter } from '../train/streamMeter.ts';
import type { Trainer } from '../train/trainer.ts';
import { Watch } from './watch.ts';

/** All that the host can look at beside the steps themselves. */
export class Watches {
  /** The residual stream. */
  readonly stream: Watch<true, readonly StreamPoint[]>;
  /** How the values before and after a norm are spread, over all and per channel; the subject is the norm's path. */
  readonly histogram: Watch<string, NormValues>;

  constructor(trainer: Trainer, server: Server<EngineEvents>) {
    const warn = server.post.bind(server, 'warning');
    this.stream = new Watch({
      trainer,
      open: () => StreamMeter.create(trainer),
      tell: (step, _, points) => server.post('stream', { step, points }),
      warn,
    });
    this.histogram = new Watch({
      trainer,
      open: (norm) => HistogramMeter.create(trainer, norm),
      tell: (step, norm, found) => server.post('histogram', { step, norm, ...found }),
      warn,
    });
  }

  /** Measures what it is time for; between two steps only. */
  async whileTraining(): Promise<void> {
    await this.stream.whileTraining();
    await this.histogram.whileTraining();
  }

  /** Measures where the trainer stands. */
  async now(): Promise<void> {
    await this.stream.now();
    await this.histogram.now();
  }

  /** Frees the runtime's memory. */
  async dispose(): Promise<void> {
    await this.stream.dispose();
    await this.histogram.dispose();
  }
}
