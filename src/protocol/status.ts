import type { ErrorReport } from '../base/errors.ts';

export type RunState = 'ready' | 'training' | 'paused' | 'ended' | 'failed';

export interface StatusEvent {
  readonly state: RunState;
  /** Steps taken so far. */
  readonly step: number;
  readonly stepsPerSecond: number;
  /** Why the run failed; with `paused`: why it paused by itself (a full disk), and `train` tries again. */
  readonly error?: ErrorReport;
}

/** A process that trains a run. */
export interface RunWriter {
  readonly pid: number;
  /** Name of its machine. */
  readonly host: string;
}
