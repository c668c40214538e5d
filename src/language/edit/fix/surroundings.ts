import type { TextEdit } from '../../syntax/diagnostic.ts';
import type { Position, Range, SyntaxEntry, SyntaxMap, SyntaxNode } from '../../syntax/tree.ts';
import { contains } from '../marks.ts';

/** Something of a text that can be taken out of what it is in: an entry of a map or an item of a list. */
export type Part =
  | { readonly kind: 'entry'; readonly map: SyntaxMap; readonly entry: SyntaxEntry }
  | {
      readonly kind: 'item';
      readonly list: Extract<SyntaxNode, { readonly kind: 'list' }>;
      readonly item: SyntaxNode;
    };

/** What a position is in, the innermost first. */
export function partsAt(root: SyntaxNode, position: Position): readonly Part[] {
  if (root.kind === 'list') {
    for (const item of root.items) {
      if (!contains(item.range, position)) continue;
      return [...partsAt(item, position), { kind: 'item', list: root, item }];
    }
  } else if (root.kind === 'map') {
    for (const entry of root.entries) {
      const { keyRange, value } = entry;
      const isIn = contains(keyRange, position) || contains(value.range, position);
      if (isIn) return [...partsAt(value, position), { kind: 'entry', map: root, entry }];
    }
  }
  return [];
}

/** Takes things out of a text and puts them in. */
export class Surroundings {
  readonly lines: readonly string[];

  constructor(text: string) {
    this.lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  }

  /** Takes a part out; of one that is alone in what it is in, that is taken out. Undefined where the place cannot be told. */
  remove(parts: readonly Part[]): TextEdit | undefined {
    const [part, ...outer] = parts;
    if (part === undefined) return undefined;
    const all = part.kind === 'item' ? part.list.items : part.map.entries.map(rangeOfEntry);
    const ranges = all.map((one) => ('kind' in one ? one.range : one));
    const own = part.kind === 'item' ? part.item.range : rangeOfEntry(part.entry);
    const index = ranges.findIndex(({ start }) => isSame(start, own.start));
    if (index < 0) return undefined;
    if (ranges.length === 1 && outer.length > 0) return this.remove(outer);
    const whole = part.kind === 'item' ? part.list.range : part.map.range;
    const next = ranges[index + 1];
    const previous = ranges[index - 1];
    if (this.isFlow(whole)) {
      if (next) return { range: { start: own.start, end: next.start }, text: '' };
      return previous && { range: { start: previous.end, end: own.end }, text: '' };
    }
    const { line } = own.start;
    const lead = (this.lines[line - 1] ?? '').slice(0, own.start.column - 1);
    if (part.kind === 'entry' && lead.trim() !== '') {
      // The first key of a list entry stands behind its dash.
      return next && { range: { start: own.start, end: next.start }, text: '' };
    }
    if (part.kind === 'item' && lead.trim() !== '-') return undefined;
    const end = { line: this.lastLine(own) + 1, column: 1 };
    return { range: { start: { line, column: 1 }, end }, text: '' };
  }

  /** Puts an item into a list, before or after another one. */
  insertItem(part: Part, text: string, where: 'before' | 'after'): TextEdit | undefined {
    if (part.kind !== 'item') return undefined;
    const { range } = part.item;
    if (this.isFlow(part.list.range)) {
      const wrapped = text.includes(':') ? `{ ${text} }` : text;
      return where === 'before'
        ? insertion(range.start, `${wrapped}, `)
        : insertion(range.end, `, ${wrapped}`);
    }
    const indent = ' '.repeat(part.list.range.start.column - 1);
    const line = where === 'before' ? range.start.line : this.lastLine(range) + 1;
    return insertion({ line, column: 1 }, `${indent}- ${text}\n`);
  }

  /** Gives an entry of a map a value, or puts it in as its first. */
  setEntry(map: SyntaxMap, key: string, value: string): TextEdit | undefined {
    const known = map.entries.find((entry) => entry.key === key);
    if (known) {
      const isEmpty = known.value.kind === 'scalar' && known.value.text === '';
      const range = known.value.range;
      return isEmpty ? insertion(known.keyRange.end, `: ${value}`) : { range, text: value };
    }
    const [first] = map.entries;
    const { start } = map.range;
    if (this.isFlow(map.range)) {
      const isAlone = first === undefined;
      const place = { line: start.line, column: start.column + 1 };
      return insertion(place, isAlone ? ` ${key}: ${value} ` : ` ${key}: ${value},`);
    }
    if (first === undefined) return undefined;
    const indent = ' '.repeat(first.keyRange.start.column - 1);
    return insertion(first.keyRange.start, `${key}: ${value}\n${indent}`);
  }

  private isFlow({ start }: Range): boolean {
    return /[[{]/.test(this.lines[start.line - 1]?.[start.column - 1] ?? '');
  }

  /** The last line of something in block style; blank lines and comments after it are not part of it. */
  private lastLine({ start, end }: Range): number {
    let last = end.column === 1 ? end.line - 1 : end.line;
    while (last > start.line && /^\s*(?:#|$)/.test(this.lines[last - 1] ?? '')) last--;
    return Math.max(last, start.line);
  }
}

function insertion(place: Position, text: string): TextEdit {
  return { range: { start: place, end: place }, text };
}

function rangeOfEntry({ keyRange, value }: SyntaxEntry): Range {
  const isAfter = contains({ start: keyRange.end, end: value.range.end }, value.range.end);
  return { start: keyRange.start, end: isAfter ? value.range.end : keyRange.end };
}

function isSame(a: Position, b: Position): boolean {
  return a.line === b.line && a.column === b.column;
}
