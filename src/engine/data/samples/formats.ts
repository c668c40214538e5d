import type { Shape } from '../../../compiler/graph/types.ts';
import type { DataFile } from '../text.ts';
import type { Elements } from './elements.ts';
import type { RowsSpec } from './rows.ts';

/** Samples of one part of the data, as a file format gives them. */
export interface SampleFiles {
  readonly rows: readonly RowsSpec[];
  readonly elements: Elements;
  /** What a number is multiplied by first. */
  readonly scale: number;
  readonly shape: Shape;
  readonly targets: Int32Array | Float32Array;
  readonly files: readonly DataFile[];
}

/** What a format makes of its files. */
export interface SampleData {
  readonly training: SampleFiles;
  /** Absent where a share of the training part validates. */
  readonly validation?: SampleFiles;
  /** Number of classes; absent where numbers are to be predicted. */
  readonly classes?: number;
  readonly classNames?: readonly string[];
  /** First rows of a table as its file has them. */
  readonly table?: {
    readonly header: readonly string[];
    readonly rows: readonly (readonly string[])[];
  };
  /** What was left out, and the like: one sentence each. */
  readonly warnings?: readonly string[];
}

/** Bytes of pictures, as torchvision's ToTensor scales them. */
export const pixels = { elements: { type: 'uint8', littleEndian: true }, scale: 1 / 255 } as const;
