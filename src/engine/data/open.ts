import type { DataFacts, DataSettings, LossSettings } from '../../language/settings.ts';
import type { DataSource } from './source.ts';
import { TaskSource } from './tasks.ts';
import { readText, type DataFile, type TokenizedText } from './text.ts';
import { textFacts, TextSource } from './textSource.ts';

/** Where data may be read from. Paths are absolute. */
export interface DataPlace {
  /** Folder of the model file: what data paths are relative to. */
  readonly folder: string;
  /** Further folders that data may lie in. */
  readonly roots: readonly string[];
}

/** Data that has been read; the model's sizes may depend on its facts, its batches on the model's settings. */
export interface LoadedData {
  readonly facts: DataFacts;
  readonly files: readonly DataFile[];
  /** Batches for a run with this seed and loss. Throws `data-too-short`. */
  source(seed: number, loss: LossSettings): DataSource;
}

/** Reads the files that the settings name. Throws what `readText` throws; data that is made up needs no file and cannot fail. */
export async function loadData(settings: DataSettings, place: DataPlace): Promise<LoadedData> {
  if (settings.kind !== 'text') {
    return {
      facts: {},
      files: [],
      source: (seed, loss) => new TaskSource(settings, seed, ignoredTarget(loss)),
    };
  }
  const text: TokenizedText = await readText(settings.files, place.folder, place.roots);
  return {
    facts: textFacts(text, settings),
    files: text.files,
    source: (seed, loss) => new TextSource(text, settings, seed, ignoredTarget(loss)),
  };
}

function ignoredTarget(loss: LossSettings): number | undefined {
  return loss.type === 'CrossEntropyLoss' ? loss.ignore_index : undefined;
}
