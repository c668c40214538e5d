import type { Leaf } from './leaves.ts';

/** A line of a text and what it becomes. */
export interface FormattedLine {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

interface Line {
  readonly line: number;
  text: string;
  /** Spaces before its first token, as it was and as it becomes. */
  was: number;
  indent: number;
  kind: 'blank' | 'comment' | 'content';
}

/** Lays out tokens line by line: one step of two spaces for each level, one space where one belongs. Lines stay lines. */
export function layOut(leaves: Iterable<Leaf>): readonly FormattedLine[] {
  const writer = new Writer();
  for (const leaf of leaves) writer.take(leaf);
  return writer.finish();
}

class Writer {
  private readonly lines: Line[] = [newLine(1)];
  private last: Leaf | undefined;
  private hasSpace = false;

  take(leaf: Leaf): void {
    if (leaf.type === 'newline') this.breakLine();
    else if (leaf.type === 'space') this.takeSpace(leaf.source.length);
    else if (leaf.source !== '') this.write(leaf);
  }

  finish(): readonly FormattedLine[] {
    this.placeComments();
    return this.lines.map(({ line, text, indent, kind }) => ({
      line,
      text: kind === 'blank' ? '' : `${' '.repeat(indent)}${text}`,
    }));
  }

  private line(): Line {
    return this.lines.at(-1);
  }

  private takeSpace(length: number): void {
    const line = this.line();
    if (line.kind === 'blank') line.was += length;
    this.hasSpace = true;
  }

  private breakLine(): void {
    this.lines.push(newLine(this.lines.length + 1));
    this.last = undefined;
    this.hasSpace = false;
  }

  private write(leaf: Leaf): void {
    const [first = '', ...more] = leaf.source.split(/\r?\n/);
    const line = this.line();
    if (line.kind === 'blank') {
      line.kind = leaf.type === 'comment' ? 'comment' : 'content';
      line.indent = leaf.indent;
    } else if (needsSpace(this.last, leaf, this.hasSpace)) {
      line.text += ' ';
    }
    line.text += first.trimEnd();
    // A text over several lines: the spaces at their starts mean nothing.
    for (const rest of more) {
      this.breakLine();
      const next = this.line();
      next.text = rest.trim();
      next.kind = next.text === '' ? 'blank' : 'content';
      next.indent = leaf.indent;
    }
    this.last = leaf;
    this.hasSpace = false;
  }

  /** A comment on a line of its own goes with the line after it or one before, whichever it stood under. */
  private placeComments(): void {
    const below = new Map<Line, Line | undefined>();
    let after: Line | undefined;
    for (const line of this.lines.toReversed()) {
      below.set(line, after);
      if (line.kind === 'content') after = line;
    }
    // The lines that what comes next may stand below, each deeper than the one before.
    const open: Line[] = [];
    for (const line of this.lines) {
      if (line.kind === 'content') {
        while (open.length > 0 && open.at(-1).was >= line.was) open.pop();
        open.push(line);
      } else if (line.kind === 'comment') {
        const before = open.findLast(({ was }) => was <= line.was);
        const next = below.get(line);
        const isOfNext = next && next.was <= line.was && next.was > (before?.was ?? -1);
        line.indent = (isOfNext ? next : before)?.indent ?? 0;
      }
    }
  }
}

function newLine(line: number): Line {
  return { line, text: '', was: 0, indent: 0, kind: 'blank' };
}

/** Whether a space stands between two tokens of a line. `had`: whether there was one. */
function needsSpace(left: Leaf | undefined, right: Leaf, had: boolean): boolean {
  if (left === undefined) return false;
  if (right.type === 'comment') return true;
  if (right.type === 'comma') return false;
  if (right.type === 'flow-seq-end') return left.type === 'comma';
  if (right.type === 'flow-map-end') return left.type !== 'flow-map-start';
  // An alias may end in a colon.
  if (right.type === 'map-value-ind') return left.type === 'alias' || left.type === 'comma';
  if (left.type === 'flow-seq-start') return false;
  if (left.type === 'flow-map-start') return true;
  const separates = ['comma', 'map-value-ind', 'seq-item-ind', 'explicit-key-ind'];
  return separates.includes(left.type) || had;
}
