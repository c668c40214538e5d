import type { FileChecker } from '../engine/checkFile.ts';
import { dataPlaceAt } from '../language/edit/dataPlace.ts';
import type { Hover } from '../language/edit/hover.ts';
import type { PlaceRequest } from './editorRequests.ts';

/** The first samples of a model's data, where a position names the data and the data may be read. */
export async function dataPreview(
  checker: FileChecker,
  { text, position, modelPath, allowedRoots, readData }: PlaceRequest,
): Promise<Hover | undefined> {
  if (!readData || modelPath === undefined) return undefined;
  const range = dataPlaceAt(text, position);
  if (range === undefined) return undefined;
  const shown = await checker.preview({ text, path: modelPath, roots: allowedRoots });
  return shown === undefined ? undefined : { range, text: shown };
}
