import { sizeOf } from '../../../compiler/graph/types.ts';
import type { SampleArrays } from './filler.ts';
import type { SamplePlan } from './plan.ts';

/** Words of the control block. */
export const words = {
  /** Counts what the reader changed; the thread sleeps on it. */
  asked: 0,
  /** Counts what the thread changed; the reader sleeps on it. */
  answered: 1,
  /** Counts the places that the reader jumped to. */
  jump: 2,
  /** 1 while validation batches are wanted, and how many samples a batch has. */
  isValidation: 3,
  size: 4,
  /** First batch after the jump, and the first one that has not been taken yet. */
  first: 5,
  next: 6,
  stopped: 7,
  /** Bytes of the error report; 0 while nothing failed. */
  failed: 8,
  /** 1 once the thread is gone, whatever ended it. */
  ended: 9,
} as const;

/** Memory that the reader and the thread that fills batches ahead share. */
export interface SharedBatches {
  readonly control: Int32Array;
  /** An error report as JSON. */
  readonly error: Uint8Array;
  readonly slots: readonly SharedSlot[];
}

/** One batch: what it is, and its numbers, with room for the largest batch. */
export interface SharedSlot {
  /** [jump, batch number, targets that count] */
  readonly stamp: Int32Array;
  readonly input: Float32Array;
  readonly targets: Int32Array | Float32Array;
}

const largestError = 8192;
const mostSlots = 8;
/** All slots together take about this many bytes, but there are two at least. */
const slotBytes = 64 * 2 ** 20;

/** Memory for batches of up to `size` samples. */
export function createShared(plan: SamplePlan, size: number): SharedBatches {
  const length = size * sizeOf(plan.shape);
  const targets = size * targetsPerSample(plan);
  const count = Math.min(mostSlots, Math.max(2, Math.floor(slotBytes / (4 * length))));
  const shared = (numbers: number): SharedArrayBuffer => new SharedArrayBuffer(4 * numbers);
  return {
    control: new Int32Array(shared(Object.keys(words).length)),
    error: new Uint8Array(new SharedArrayBuffer(largestError)),
    slots: Array.from({ length: count }, () => ({
      stamp: new Int32Array(shared(3)),
      input: new Float32Array(shared(length)),
      targets:
        plan.targets instanceof Int32Array
          ? new Int32Array(shared(targets))
          : new Float32Array(shared(targets)),
    })),
  };
}

/** Numbers to predict for a sample; 1 for a class. */
export function targetsPerSample({ targets, rows }: SamplePlan): number {
  return targets.length / rows.reduce((sum, { count }) => sum + count, 0);
}

/** The part of a slot that a batch of `size` samples takes. */
export function arraysOf(slot: SharedSlot, plan: SamplePlan, size: number): SampleArrays {
  return {
    size,
    input: slot.input.subarray(0, size * sizeOf(plan.shape)),
    targets: slot.targets.subarray(0, size * targetsPerSample(plan)),
  };
}
