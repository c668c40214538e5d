import type { Range, SyntaxNode } from '../syntax/tree.ts';
import { readOutline } from './marks.ts';

/** Lines that an editor can fold away below the first of them, from 1, both included. */
export interface Fold {
  readonly first: number;
  readonly last: number;
  readonly isComment: boolean;
}

/** What can be folded: sections, layers, everything over several lines, and comments over several lines. Never throws. */
export function folds(text: string): readonly Fold[] {
  const lines = text.split('\n').map((line) => line.trim());
  const root = readOutline(text)?.root;
  const blocks = root ? [...blocksIn(root)] : [];
  const byFirst = new Map<number, number>();
  for (const { start, end } of blocks) {
    const last = lastLine(lines, end.column === 1 ? end.line - 1 : end.line);
    if (last > start.line) byFirst.set(start.line, Math.max(last, byFirst.get(start.line) ?? 0));
  }
  const nested = [...byFirst].map(([first, last]) => ({ first, last, isComment: false }));
  return [...nested, ...comments(lines)].toSorted((a, b) => a.first - b.first);
}

/** From a key to the end of its value, and of a list each item. */
function* blocksIn(node: SyntaxNode): Generator<Range> {
  if (node.kind === 'list') {
    for (const item of node.items) {
      yield item.range;
      yield* blocksIn(item);
    }
  } else if (node.kind === 'map') {
    for (const { keyRange, value } of node.entries) {
      yield { start: keyRange.start, end: value.range.end };
      yield* blocksIn(value);
    }
  }
}

/** The last line up to `line` that is neither blank nor a comment. */
function lastLine(lines: readonly string[], line: number): number {
  let last = Math.min(line, lines.length);
  while (last > 0 && /^(?:#|$)/.test(lines[last - 1] ?? '')) last--;
  return last;
}

function* comments(lines: readonly string[]): Generator<Fold> {
  let first = 0;
  for (let line = 1; line <= lines.length + 1; line++) {
    if (lines[line - 1]?.startsWith('#') === true) {
      first = first === 0 ? line : first;
      continue;
    }
    if (first !== 0 && line - 1 > first) yield { first, last: line - 1, isComment: true };
    first = 0;
  }
}
