import type { DataFacts, TrainingSettings } from '../../language/settings.ts';
import type { DataPreview } from './preview.ts';
import type { DataSource } from './source.ts';
import type { DataFile } from './text.ts';

/** Data that has been read; the model's sizes may depend on its facts, its batches on the model's settings. */
export interface LoadedData {
  readonly facts: DataFacts;
  readonly files: readonly DataFile[];
  /** What a person should know of the data, one sentence each. */
  readonly warnings?: readonly string[];
  /** The first samples. Throws what reading them throws. */
  preview(): DataPreview;
  /** Batches for a run with this seed. Throws `data-too-short`. */
  source(seed: number, training: TrainingSettings): DataSource;
}
