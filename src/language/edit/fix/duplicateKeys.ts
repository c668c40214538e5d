import { isMap, LineCounter, visit, type Node, type Pair } from 'yaml';
import type { Position, Range } from '../../syntax/tree.ts';
import { parseYaml } from '../../syntax/yaml.ts';
import { offsetOf } from '../cursor.ts';

/** All of the entry whose key stands at a position, with what separates it; undefined where it cannot be told. */
export function wholeEntry(text: string, position: Position): Range | undefined {
  const lines = new LineCounter();
  const document = parseYaml(text, lines);
  const offset = offsetOf(text, position);
  let found: readonly [number, number] | undefined;
  if (document) {
    visit(document, {
      Map: (_, map) => {
        if (!isMap<Node, Node | null>(map)) return undefined;
        const index = map.items.findIndex(({ key }) => key.range?.[0] === offset);
        if (index < 0) return undefined;
        found = extentOf(map.items, index, map.flow === true);
        return visit.BREAK;
      },
    });
  }
  if (found === undefined) return undefined;
  const at = (place: number): Position => {
    const { line, col } = lines.linePos(place);
    return { line, column: col };
  };
  return { start: at(found[0]), end: at(found[1]) };
}

/** Up to the next entry, or from the end of the one before. */
function extentOf(
  items: readonly Pair<Node, Node | null>[],
  index: number,
  isFlow: boolean,
): readonly [number, number] | undefined {
  const start = items[index]?.key.range?.[0];
  const next = items[index + 1]?.key.range?.[0];
  if (start === undefined) return undefined;
  if (next !== undefined) return [start, next];
  const end = endOf(items[index]);
  // What stands before a last entry of the block style are the spaces of its line.
  const before = isFlow ? endOf(items[index - 1]) : start;
  return end === undefined || before === undefined ? undefined : [before, end];
}

function endOf(pair: Pair<Node, Node | null> | undefined): number | undefined {
  return pair?.value?.range?.[1] ?? pair?.key.range?.[1];
}
