import type { DataSettings, LossSettings } from '../../language/settings.ts';
import type { DataPlace } from './files.ts';
import type { LoadedData } from './loadedData.ts';
import { readIdx } from './samples/idx.ts';
import { loadSamples } from './samples/loadSamples.ts';
import { TaskSource } from './tasks.ts';
import { readText, type TokenizedText } from './text.ts';
import { textFacts, TextSource } from './textSource.ts';

/** Reads the files that the settings name. Throws what their formats throw; data that is made up needs no file and cannot fail. */
export async function loadData(settings: DataSettings, place: DataPlace): Promise<LoadedData> {
  switch (settings.kind) {
    case 'text': {
      const text: TokenizedText = await readText(settings.files, place.folder, place.roots);
      return {
        facts: textFacts(text, settings),
        files: text.files,
        source: (seed, { loss }) => new TextSource(text, settings, seed, ignoredTarget(loss)),
      };
    }
    case 'idx':
      return loadSamples(await readIdx(settings, place), settings);
    default:
      return {
        facts: {},
        files: [],
        source: (seed, { loss }) => new TaskSource(settings, seed, ignoredTarget(loss)),
      };
  }
}

function ignoredTarget(loss: LossSettings): number | undefined {
  return loss.type === 'CrossEntropyLoss' ? loss.ignore_index : undefined;
}
