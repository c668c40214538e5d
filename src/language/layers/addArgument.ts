import type { TextEdit } from '../syntax/diagnostic.ts';
import { isEmpty, type Range, type SyntaxNode } from '../syntax/tree.ts';

/**
 * The change that puts `argument`, e.g. `shortcut: projection`, before the other arguments of a use, in the style that these are
 * written in; undefined where the arguments are not named. `given` is what stands behind the type at `type`.
 */
export function addArgument(
  type: Range,
  given: SyntaxNode | undefined,
  argument: string,
): TextEdit | undefined {
  if (given === undefined) {
    return { range: { start: type.end, end: type.end }, text: `: { ${argument} }` };
  }
  if (given.kind !== 'map' || isEmpty(given)) return undefined;
  const { start, end } = given.range;
  if (start.line === type.end.line) {
    // In braces: on the line of the type nothing else can stand.
    const inside = { line: start.line, column: start.column + 1 };
    const isEmptyMap = end.line === start.line && end.column - start.column === 2;
    const text = isEmptyMap ? ` ${argument} ` : ` ${argument},`;
    return { range: { start: inside, end: inside }, text };
  }
  // Keys of the block style stand below each other; the first one may be one that every layer takes.
  const [first] = given.entries;
  if (first?.keyRange.start.column !== start.column) return undefined;
  const text = `${argument}\n${' '.repeat(start.column - 1)}`;
  return { range: { start, end: start }, text };
}
