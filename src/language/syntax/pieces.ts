import { longestText, parseModelText } from './document.ts';
import type { Position, Range, SyntaxMap, SyntaxNode } from './tree.ts';

/** Nodes that are kept of texts read before: those of some models of 10,000 layers. */
const mostKept = 1_500_000;
/** As many nodes as a whole tree may have; see `parseModelText`. */
const mostNodes = 400_000;

/** A text in pieces that can be read one by one. */
interface Pieces {
  /** The text without what stands below `layers:`. */
  readonly frame: string;
  /** The line of `layers:`, from 1. */
  readonly line: number;
  readonly layers: readonly Piece[];
  /** Number of lines that `frame` lacks. */
  readonly lines: number;
}

/** An entry of the list of layers, with the lines up to the next one. */
interface Piece {
  readonly text: string;
  /** Its first line, from 1. */
  readonly line: number;
}

/** An entry as it was read. */
interface Read {
  /** Standing on line 2. */
  readonly node: SyntaxNode;
  /** The list that it is alone in. */
  readonly list: Range;
  readonly size: number;
  /** By the line of the text that it stands on. */
  readonly at: Map<number, SyntaxNode>;
}

/**
 * Reads model files whose layers stand in a list of the block style, entry by entry: what was read before is not read again, so
 * that a text of 10,000 layers with one of them changed takes a tenth of the time. The tree is that of the whole text; only the ends
 * of the list and of the root may be on another blank line.
 */
export class PieceReader {
  private readonly known = new Map<string, Read>();
  private kept = 0;

  /**
   * Undefined when the text has to be read as a whole: it is too long, holds a mistake, or something that reaches over several
   * layers.
   */
  read(text: string): SyntaxMap | undefined {
    const pieces = text.length > longestText ? undefined : split(text);
    if (pieces === undefined) return undefined;
    const frame = withoutMistakes(pieces.frame);
    const entry = frame?.entries.find(({ key }) => key === 'layers');
    if (!frame || entry?.keyRange.start.line !== pieces.line) return undefined;
    if (entry.value.kind !== 'scalar' || entry.value.value !== null) return undefined;
    const items: SyntaxNode[] = [];
    let size = sizeOf(frame);
    let start: Position | undefined;
    let end: Position | undefined;
    for (const piece of pieces.layers) {
      const read = this.readPiece(piece);
      if (read === undefined) return undefined;
      size += read.size;
      start ??= { line: piece.line, column: read.list.start.column };
      end = { ...read.list.end, line: piece.line + read.list.end.line - 2 };
      items.push(this.placed(read, piece.line));
    }
    if (size > mostNodes || !start || !end) return undefined;
    const list: SyntaxNode = { kind: 'list', items, range: { start, end } };
    const { line, lines } = pieces;
    const put = (node: SyntaxNode): SyntaxNode =>
      moved(node, (position) =>
        position.line > line ? { ...position, line: position.line + lines } : position,
      );
    const whole = put(frame);
    if (whole.kind !== 'map') return undefined;
    const entries = whole.entries.map((one) =>
      one.key === 'layers' ? { ...one, value: list } : one,
    );
    const isLast = entries[entries.length - 1]?.key === 'layers';
    const range = isLast ? { start: whole.range.start, end } : whole.range;
    return { ...whole, entries, range };
  }

  private readPiece({ text }: Piece): Read | undefined {
    const known = this.known.get(text);
    if (known) return known;
    const root = withoutMistakes(`layers:\n${text}`);
    const [entry] = root?.entries ?? [];
    const list = entry?.value;
    const node = list?.kind === 'list' && list.items.length === 1 ? list.items[0] : undefined;
    if (list === undefined || node === undefined) return undefined;
    const read = { node, list: list.range, size: sizeOf(node), at: new Map() };
    this.keep(read.size);
    this.known.set(text, read);
    return read;
  }

  private placed({ node, size, at }: Read, line: number): SyntaxNode {
    const known = at.get(line);
    if (known) return known;
    const placed = moved(node, (position) => ({ ...position, line: position.line + line - 2 }));
    this.keep(size);
    at.set(line, placed);
    return placed;
  }

  private keep(size: number): void {
    if (this.kept > mostKept) {
      this.known.clear();
      this.kept = 0;
    }
    this.kept += size;
  }
}

function withoutMistakes(text: string): SyntaxMap | undefined {
  const codes: string[] = [];
  const root = parseModelText(text, [], (code) => codes.push(code));
  return codes.length === 0 ? root : undefined;
}

/** Anchors, aliases, tags, directives, further documents, tabs and block scalars: what may reach over several entries. */
const entangled =
  /(?:^\s*|[[{]\s*|[:,?-]\s+)[&*!](?=\S)|[\t\uFEFF]|\r(?!\n)|^(?:%|---|\.\.\.)|[|>][-+\d]*[ \r]*(?:#.*)?$/m;

function split(text: string): Pieces | undefined {
  const head = /^layers:[ ]*(?:#.*)?\r?\n/m.exec(text);
  if (head === null || entangled.test(text)) return undefined;
  const begin = head.index + head[0].length;
  const line = countLines(text, 0, begin);
  const layers: Piece[] = [];
  let indentation: number | undefined;
  let open: { readonly start: number; readonly line: number } | undefined;
  const close = (end: number): void => {
    if (open) layers.push({ text: text.slice(open.start, end), line: open.line });
  };
  let at = begin;
  let atLine = line + 1;
  while (at < text.length) {
    const next = text.indexOf('\n', at) + 1 || text.length;
    let column = at;
    while (text[column] === ' ') column++;
    const first = text[column] ?? '\n';
    if (first !== '#' && first !== '\n' && first !== '\r') {
      const depth = column - at;
      const isEntry = first === '-' && /^-(?:[ \r\n]|$)/.test(text.slice(column, column + 2));
      indentation ??= isEntry ? depth : undefined;
      if (indentation === undefined) return undefined;
      if (isEntry && depth === indentation) {
        close(at);
        open = { start: at, line: atLine };
      } else if (depth <= indentation) {
        if (depth > 0) return undefined;
        break;
      }
    }
    at = next;
    atLine++;
  }
  if (open === undefined) return undefined;
  close(at);
  return {
    frame: text.slice(0, begin) + text.slice(at),
    line,
    layers,
    lines: countLines(text, begin, at),
  };
}

function countLines(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', start); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) {
    count++;
  }
  return count;
}

function sizeOf(node: SyntaxNode): number {
  switch (node.kind) {
    case 'scalar':
      return 1;
    case 'list':
      return node.items.reduce((sum, item) => sum + sizeOf(item), 1);
    case 'map':
      return node.entries.reduce((sum, { value }) => sum + sizeOf(value), 1);
  }
}

/** A tree at another place. */
function moved(node: SyntaxNode, move: (position: Position) => Position): SyntaxNode {
  const place = ({ start, end }: Range): Range => ({ start: move(start), end: move(end) });
  const visit = (inner: SyntaxNode): SyntaxNode => {
    const range = place(inner.range);
    switch (inner.kind) {
      case 'scalar':
        return { ...inner, range };
      case 'list':
        return { ...inner, items: inner.items.map(visit), range };
      case 'map': {
        const entries = inner.entries.map(({ key, keyRange, value }) => ({
          key,
          keyRange: place(keyRange),
          value: visit(value),
        }));
        return { ...inner, entries, range };
      }
    }
  };
  return visit(node);
}
