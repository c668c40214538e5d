import type { Shape } from '../../../compiler/graph/types.ts';
import type { Elements } from './elements.ts';
import type { RowsSpec } from './rows.ts';

/** Everything that batches are made from. Plain values and shared memory: another thread can make the same batches. */
export interface SamplePlan {
  readonly rows: readonly RowsSpec[];
  readonly elements: Elements;
  /** What a number of the file is multiplied by first: 1/255 for bytes of pictures. */
  readonly scale: number;
  /** Of one sample: [channels, height, width] of pictures, [features] of a table. */
  readonly shape: Shape;
  /** Class of each sample, or its numbers to predict, sample by sample. */
  readonly targets: Int32Array | Float32Array;
  /** Samples to train on and to validate with, by their number in `rows`. */
  readonly training: Uint32Array;
  readonly validation: Uint32Array;
  readonly normalization: Normalization;
  /** Probability that a picture is mirrored, and pixels of black around it that it is cut out of. */
  readonly flip: number;
  readonly crop: number;
  readonly seed: number;
  /** Batches of one epoch, each of so many samples. */
  readonly batchesPerEpoch: number;
  /** Target of a row that does not count; absent where the loss has none. */
  readonly ignored?: number;
}

/** (x − mean) / std, by channel of a picture or by feature of a table. */
export interface Normalization {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Channels of a picture, features of a table; other samples count as one channel. */
export function channelsOf(shape: Shape): number {
  return shape.length === 1 || shape.length === 3 ? shape[0]! : 1;
}
