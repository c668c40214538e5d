import { openAtEnd } from '../syntax/brackets.ts';
import type { Position, Range } from '../syntax/tree.ts';
import { marksOf, readOutline, type Mark, type Outline } from './marks.ts';

/** Where something is being typed. */
export interface Cursor {
  /** The place of the word that is being typed: of a key, or of a value. */
  readonly mark: Mark;
  /** The defines of the file. */
  readonly defines: ReadonlySet<string>;
  /** The keys of the map around it, before the cursor and after. */
  readonly siblings: ReadonlySet<string>;
  /** The word that is being typed, to be replaced. */
  readonly range: Range;
  /** Inside of brackets. */
  readonly isFlow: boolean;
  /** The dashes before it where it is the first thing on its line; undefined where it is not. */
  readonly lineStart: string | undefined;
  /** What follows the word on its line. */
  readonly rest: string;
}

/** Stands for the word that is being typed; of Unicode's private use, so that no text has it. */
const stand = '\uE000';

/**
 * What belongs at a position of a half-typed text; undefined in a comment and where nothing can be told. The text up to the
 * position decides, its open brackets closed: what comes after it may be anything. From the text after it only the other keys of
 * the same map are taken.
 */
export function cursorAt(text: string, position: Position): Cursor | undefined {
  const { line } = position;
  const offset = offsetOf(text, position);
  const before = text.slice(0, offset);
  const after = text.slice(offset);
  // A word does not begin with a dash: that is a list entry or a sign.
  const typed = /[\w.][\w.-]*$/.exec(before)?.[0] ?? '';
  const tail = /^[\w.-]*/.exec(after)?.[0] ?? '';
  const base = before.slice(0, offset - typed.length);
  const { missing, inComment, inQuotes } = openAtEnd(base);
  if (inComment || inQuotes) return undefined;
  const found = find(`${base}${stand}`, line) ?? find(`${base}${stand}: `, line);
  if (found === undefined) return undefined;
  const { mark, outline } = found;
  const rest = /^[^\r\n]*/.exec(after.slice(tail.length))?.[0] ?? '';
  const lineStart = /(?:^|\n)[ \t]*((?:- +)*)$/.exec(base)?.[1];
  const isWholeLine = lineStart !== undefined && rest.trim() === '' && missing === '';
  const colon = isWholeLine ? ':' : '';
  const whole = find(`${base}${stand}${colon}${after.slice(tail.length)}`, line);
  const isSame = whole?.mark.place.kind === mark.place.kind && whole.mark.role === 'key';
  const maps = [mark.map, isSame ? whole.mark.map : undefined];
  const keys = maps.flatMap((map) => map?.entries.map(({ key }) => key) ?? []);
  return {
    mark,
    defines: new Set([...outline.defines, ...(whole?.outline.defines ?? [])]),
    siblings: new Set(keys.filter((key) => !key.includes(stand))),
    range: {
      start: { line: position.line, column: position.column - typed.length },
      end: { line: position.line, column: position.column + tail.length },
    },
    isFlow: missing !== '',
    lineStart,
    rest,
  };
}

function find(
  text: string,
  line: number,
): { readonly mark: Mark; readonly outline: Outline } | undefined {
  const outline = readOutline(text);
  if (outline === undefined) return undefined;
  for (const mark of marksOf(outline, line)) {
    if (mark.text.includes(stand)) return { mark, outline };
  }
  return undefined;
}

/** The offset of a position in a text; columns beyond the end of the line are its end. */
export function offsetOf(text: string, { line, column }: Position): number {
  let start = 0;
  for (let at = 1; at < line; at++) {
    const next = text.indexOf('\n', start);
    if (next < 0) return text.length;
    start = next + 1;
  }
  const end = text.indexOf('\n', start);
  return Math.min(start + column - 1, end < 0 ? text.length : end);
}
