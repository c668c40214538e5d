import assert from 'node:assert/strict';
import type { CheckReport } from '../../../src/language/check/check.ts';
import { closeBrackets } from '../../../src/language/syntax/brackets.ts';
import type { Position, Range } from '../../../src/language/syntax/tree.ts';
import { check } from '../support.ts';

/** A text with one `¦` in it: the text without it, where it was, and what the editor's check makes of the text. */
export interface Typed {
  readonly text: string;
  readonly position: Position;
  readonly report: CheckReport;
}

export function typed(marked: string): Typed {
  const offset = marked.indexOf('¦');
  assert.ok(offset >= 0, 'a place is marked');
  const text = marked.replace('¦', '');
  return { text, position: positionAt(text, offset), report: check(closeBrackets(text)) };
}

export function positionAt(text: string, offset: number): Position {
  const lines = text.slice(0, offset).split('\n');
  return { line: lines.length, column: lines.at(-1).length + 1 };
}

/** The text of a range. */
export function textOf(text: string, { start, end }: Range): string {
  return text.slice(offsetOf(text, start), offsetOf(text, end));
}

export function offsetOf(text: string, { line, column }: Position): number {
  const lines = text.split('\n').slice(0, line - 1);
  return lines.reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
}

/** The text after edits that do not overlap. */
export function edited(
  text: string,
  edits: readonly { readonly range: Range; readonly text: string }[],
): string {
  const backwards = edits.toSorted(
    (a, b) => offsetOf(text, b.range.start) - offsetOf(text, a.range.start),
  );
  return backwards.reduce(
    (result, { range, text: added }) =>
      result.slice(0, offsetOf(text, range.start)) +
      added +
      result.slice(offsetOf(text, range.end)),
    text,
  );
}
