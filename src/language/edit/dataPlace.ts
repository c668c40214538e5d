import { entryOf, type Position, type Range } from '../syntax/tree.ts';
import { contains, readOutline } from './marks.ts';

/** The key `data` of a model file, its kind or its first value at this position; undefined where something else stands. */
export function dataPlaceAt(text: string, position: Position): Range | undefined {
  const outline = readOutline(text);
  const train = outline && entryOf(outline.root, 'train')?.value;
  const data = train?.kind === 'map' ? entryOf(train, 'data') : undefined;
  if (data === undefined) return undefined;
  const { value } = data;
  const [kind] = value.kind === 'map' ? value.entries : [];
  const named = kind?.value.kind === 'scalar' ? [kind.value.range] : [];
  const ranges = [data.keyRange, ...(kind ? [kind.keyRange, ...named] : [value.range])];
  return ranges.find((range) => contains(range, position));
}
