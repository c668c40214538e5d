import { readUse, type Use } from '../check/uses.ts';
import { readModelText } from '../syntax/parsed.ts';
import { closeBrackets } from '../syntax/brackets.ts';
import {
  entryOf,
  type Position,
  type Range,
  type SyntaxEntry,
  type SyntaxMap,
  type SyntaxNode,
} from '../syntax/tree.ts';
import { placeOfItem, placeUnder, plainPlace, type Place } from './places.ts';

/** A key or a single value of a model file, and what belongs where it stands. */
export interface Mark {
  readonly role: 'key' | 'value';
  readonly text: string;
  readonly range: Range;
  /** Of a key: what the map that holds it is. */
  readonly place: Place;
  /** The map that a key stands in. */
  readonly map: SyntaxMap | undefined;
  /** The value itself, or what stands behind the key. */
  readonly node: SyntaxNode;
  /** The innermost layer that it belongs to. */
  readonly use: Use | undefined;
}

/** A model file as its text says it, layers not yet resolved. */
export interface Outline {
  readonly root: SyntaxMap;
  readonly defines: ReadonlySet<string>;
}

function silent(): void {
  // What is wrong is for the check to say.
}

/** Reads whatever of a text can be read; brackets that are still open are closed. Undefined when there is no map at the top. */
export function readOutline(text: string): Outline | undefined {
  const root = readModelText(closeBrackets(text), [], silent);
  if (root === undefined) return undefined;
  const define = entryOf(root, 'define')?.value;
  const defines = new Set(define?.kind === 'map' ? define.entries.map(({ key }) => key) : []);
  return { root, defines };
}

/** All keys and values, in the order of the text; with `line` those of what stands on it. */
export function marksOf({ root, defines }: Outline, line?: number): Generator<Mark> {
  return new Walk(defines, line).marks(root, { kind: 'file' }, undefined);
}

class Walk {
  private readonly defines: ReadonlySet<string>;
  private readonly line: number | undefined;

  constructor(defines: ReadonlySet<string>, line: number | undefined) {
    this.defines = defines;
    this.line = line;
  }

  *marks(node: SyntaxNode, place: Place, use: Use | undefined): Generator<Mark> {
    if (node.kind === 'list') {
      const inner = placeOfItem(place);
      for (const item of node.items) {
        if (this.isWanted(item.range)) yield* this.marks(item, inner, use);
      }
      return;
    }
    const plain = plainPlace(place);
    const own = plain.kind === 'layer' ? (readUse(node, silent) ?? use) : use;
    if (node.kind === 'map') {
      for (const entry of node.entries) yield* this.entry(node, entry, plain, own);
      return;
    }
    const { text, range } = node;
    yield { role: 'value', text, range, place: plain, map: undefined, node, use: own };
  }

  private *entry(
    map: SyntaxMap,
    { key, keyRange, value }: SyntaxEntry,
    place: Place,
    use: Use | undefined,
  ): Generator<Mark> {
    if (this.isWanted(keyRange)) {
      yield { role: 'key', text: key, range: keyRange, place, map, node: value, use };
    }
    if (!this.isWanted(value.range)) return;
    yield* this.marks(value, placeUnder(place, map, key, this.defines), use);
  }

  private isWanted({ start, end }: Range): boolean {
    const { line } = this;
    return line === undefined || (start.line <= line && line <= end.line);
  }
}

/** The key or value at a position, its end included. */
export function markAt(outline: Outline, position: Position): Mark | undefined {
  for (const mark of marksOf(outline, position.line)) {
    if (mark.text !== '' && contains(mark.range, position)) return mark;
  }
  return undefined;
}

/** Whether a position lies in a range or at its end. */
export function contains({ start, end }: Range, position: Position): boolean {
  return !isBefore(position, start) && !isBefore(end, position);
}

function isBefore(a: Position, b: Position): boolean {
  return a.line < b.line || (a.line === b.line && a.column < b.column);
}

/** True where both ranges begin at the same place. */
export function startsWith(a: Range, b: Range): boolean {
  return a.start.line === b.start.line && a.start.column === b.start.column;
}
