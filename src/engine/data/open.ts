import { shapeClasses } from '../../language/layers/dataShapes.ts';
import type { DataSettings, LossSettings } from '../../language/settings.ts';
import type { DataPlace } from './files.ts';
import type { LoadedData } from './loadedData.ts';
import { readArrays } from './samples/arrays.ts';
import { readCifar } from './samples/cifar.ts';
import { readCsv } from './samples/csv.ts';
import { readIdx } from './samples/idx.ts';
import { loadSamples } from './samples/loadSamples.ts';
import { readPictures } from './samples/pictures.ts';
import { mostCharacters, previewTask } from './preview.ts';
import { TaskSource } from './tasks.ts';
import { readText, type TokenizedText } from './text.ts';
import { textFacts, TextSource } from './textSource.ts';

export interface LoadOptions {
  /** False is for a check: shapes and classes are found out, pictures are not decoded, nothing is normalized. */
  readonly thorough?: boolean;
}

/** Reads the files that the settings name. Throws what their formats throw; data that is made up needs no file and cannot fail. */
export async function loadData(
  settings: DataSettings,
  place: DataPlace,
  { thorough = true }: LoadOptions = {},
): Promise<LoadedData> {
  switch (settings.kind) {
    case 'text': {
      const text: TokenizedText = await readText(settings.files, place.folder, place.roots);
      return {
        facts: textFacts(text, settings),
        files: text.files,
        preview: () => ({ kind: 'text', text: beginningOf(text) }),
        source: (seed, { loss }) => new TextSource(text, settings, seed, ignoredTarget(loss)),
      };
    }
    case 'idx':
      return loadSamples(await readIdx(settings, place), settings, thorough);
    case 'cifar10':
      return loadSamples(await readCifar(settings, place), settings, thorough);
    case 'images':
      return loadSamples(await readPictures(settings, place, { thorough }), settings, thorough);
    case 'npy':
      return loadSamples(await readArrays(settings, place), settings, thorough);
    case 'csv':
      return loadSamples(await readCsv(settings, place), settings, thorough);
    default:
      return {
        facts: {},
        files: [],
        preview: () =>
          previewTask(settings, new TaskSource(settings, 0, undefined), namesOf(settings)),
        source: (seed, { loss }) => new TaskSource(settings, seed, ignoredTarget(loss)),
      };
  }
}

function beginningOf({ tokens, symbols }: TokenizedText): string {
  return String.fromCodePoint(
    ...Array.from(tokens.subarray(0, mostCharacters), (token) => symbols[token]!),
  );
}

function namesOf({ kind }: DataSettings): readonly string[] | undefined {
  return kind === 'shapes' ? shapeClasses : undefined;
}

function ignoredTarget(loss: LossSettings): number | undefined {
  return loss.type === 'CrossEntropyLoss' ? loss.ignore_index : undefined;
}
