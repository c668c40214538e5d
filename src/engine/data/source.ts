import type { BatchTensor, DataFacts } from '../../language/settings.ts';
import { sizeOf } from '../../compiler/graph/types.ts';
import type { TensorBinding } from '../runtime/session.ts';
import type { DataFile } from './text.ts';

/** The arrays of one batch: a data source fills them, the runtime reads them. */
export interface Batch {
  /** Number of sequences or cases. */
  readonly size: number;
  /** Tokens of a sequence, or coordinates of a case. */
  readonly width: number;
  /** [size, width]: token ids, or coordinates. */
  readonly input: Int32Array | Float32Array;
  /** Tokens [size, width] for sequences, classes [size] for cases, or numbers [size, n] for cases. */
  readonly targets: Int32Array | Float32Array;
  /** [size, width], 1 at padding; absent when all sequences have one length. */
  readonly padding: Uint8Array | undefined;
  /** The same arrays under the names that the program knows them by. */
  readonly tensors: readonly TensorBinding[];
}

/** Where batches come from. What it hands out depends on its settings, its seed and the batch number alone. */
export interface DataSource {
  readonly facts: DataFacts;
  readonly files: readonly DataFile[];
  /** What each token id stands for, where it stands for a text. */
  readonly symbols?: readonly string[];
  /** What each class is called, where classes have names. */
  readonly classNames?: readonly string[];
  /** Fills the training batch number `index`, from 0. */
  fillTraining(index: number, batch: Batch): void;
  /** How many batches of this size hold the whole validation part; 0 when there is none. */
  validationBatches(size: number): number;
  /** Fills a validation batch and returns the number of targets in it that count. */
  fillValidation(index: number, batch: Batch): number;
  /** Says that batches will be asked for in order: where one takes long, others may be made ready ahead. */
  readAhead?(): void;
  /** Gives back files and threads. */
  dispose?(): Promise<void>;
}

/** Empty arrays for a batch of these tensors. */
export function createBatch(tensors: readonly BatchTensor[]): Batch {
  const arrays = tensors.map((tensor) => ({ ...tensor, data: arrayOf(tensor) }));
  const role = (name: BatchTensor['role']): TensorBinding | undefined =>
    arrays.find((tensor) => tensor.role === name);
  const input = role('input');
  const targets = role('target');
  const padding = role('paddingMask');
  if (input === undefined || targets === undefined) {
    throw new Error('a batch needs an input and targets');
  }
  const size = input.shape[0] ?? 1;
  return {
    size,
    width: sizeOf(input.shape) / size,
    input: input.data as Int32Array | Float32Array,
    targets: targets.data as Int32Array | Float32Array,
    padding: padding?.data as Uint8Array | undefined,
    tensors: arrays,
  };
}

function arrayOf({ dtype, shape }: BatchTensor): TensorBinding['data'] {
  const size = sizeOf(shape);
  if (dtype === 'float32') return new Float32Array(size);
  if (dtype === 'int32') return new Int32Array(size);
  if (dtype === 'uint8') return new Uint8Array(size);
  throw new Error(`batches of ${dtype} are not known`);
}

/** Number of targets that the loss counts; all of them where the loss ignores none. */
export function countTargets(targets: Batch['targets'], ignored: number | undefined): number {
  if (ignored === undefined) return targets.length;
  let count = 0;
  for (const target of targets) if (target !== ignored) count++;
  return count;
}
