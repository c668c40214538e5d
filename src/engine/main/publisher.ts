import type { EngineEvents, StepsEvent } from '../../protocol/engine.ts';
import type { Server } from '../../protocol/channel/channel.ts';
import type { StepStatistics } from '../runs/statisticsFile.ts';
import type { StepRecord } from '../train/trainer.ts';

/** Time between two batches of steps: about 12 a second. */
const interval = 80;
/** Weight of the newest batch in the shown rate. */
const smoothing = 0.3;

/** Collects steps and tells them to the host in batches, with the rate at which they are taken. */
export class Publisher {
  private readonly server: Server<EngineEvents>;
  private waiting: StepRecord[] = [];
  private spent = 0;
  private last = 0;
  private milliseconds = 0;

  constructor(server: Server<EngineEvents>) {
    this.server = server;
  }

  /** Steps per second lately; 0 before the first. */
  get stepsPerSecond(): number {
    return this.milliseconds === 0 ? 0 : 1000 / this.milliseconds;
  }

  /** Takes a step that took so many milliseconds; returns whether a batch is due. */
  add(record: StepRecord, milliseconds: number): boolean {
    this.waiting.push(record);
    this.spent += milliseconds;
    return performance.now() - this.last >= interval;
  }

  /** Sends what waits; returns whether there was anything. */
  flush(): boolean {
    if (this.waiting.length === 0) return false;
    const average = this.spent / this.waiting.length;
    this.milliseconds =
      this.milliseconds === 0
        ? average
        : this.milliseconds + smoothing * (average - this.milliseconds);
    this.server.post('steps', columnsOf(this.waiting));
    this.waiting = [];
    this.spent = 0;
    this.last = performance.now();
    return true;
  }
}

/** Consecutive steps, column by column. */
export function columnsOf(records: readonly StepStatistics[]): StepsEvent {
  const width = records[0]?.norms.length ?? 0;
  const norms = new Float32Array(records.length * width);
  records.forEach((record, index) => {
    norms.set(record.norms, index * width);
  });
  return {
    first: records[0]?.step ?? 0,
    loss: Float64Array.from(records, ({ loss }) => loss),
    ...(records[0]?.accuracy !== undefined && {
      accuracy: Float64Array.from(records, ({ accuracy }) => accuracy ?? NaN),
    }),
    lr: Float64Array.from(records, ({ lr }) => lr),
    gradNorm: Float64Array.from(records, ({ gradNorm }) => gradNorm),
    norms,
  };
}
