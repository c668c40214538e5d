import { checkModel } from '../language/check/check.ts';
import { owningLine } from '../language/edit/owningLine.ts';
import type { Item } from '../language/layers/definition.ts';
import type { Phase } from '../protocol/debug.ts';
import type { Place } from './moments.ts';

/** Where a line breakpoint went: the layers that begin on `line`, which may be above or below the line that was asked for. */
export interface ResolvedLine {
  readonly line: number;
  readonly paths: readonly string[];
}

/** The layers of a model file by their lines. A line inside of a define or a Repeat has one layer for each instance. */
export class LayerMap {
  readonly places: readonly Place[];
  private readonly items: ReadonlyMap<string, Item>;
  private readonly byLine = new Map<number, Place[]>();
  private readonly lines: readonly number[];
  private readonly text: readonly string[];

  /** The text must be that of a run, `overrides` its own; data need not be read to know where the layers are. */
  constructor(text: string, overrides: readonly string[] = []) {
    const { tree } = checkModel(text, { overrides });
    const { loss } = tree;
    const last = loss === undefined ? [] : [{ path: 'loss', type: loss.type, line: loss.line }];
    const items = tree.items.flatMap(withInner);
    this.items = new Map(items.map((item) => [item.path, item]));
    this.places = [
      ...items.map(({ path, type, range }) => ({ path, type, line: range.start.line })),
      ...last,
    ];
    for (const place of this.places) {
      const known = this.byLine.get(place.line);
      if (known) known.push(place);
      else this.byLine.set(place.line, [place]);
    }
    this.lines = [...this.byLine.keys()].sort((a, b) => a - b);
    this.text = text.split(/\r?\n/);
  }

  /** Places that begin on a line, from 1. */
  at(line: number): readonly Place[] {
    return this.byLine.get(line) ?? [];
  }

  /** Lines between two, both included, on which layers begin. */
  linesBetween(first: number, last: number): readonly number[] {
    return this.lines.filter((line) => line >= first && line <= last);
  }

  /** The layers that a breakpoint on a line means: those whose text the line is in, else those of the next line that has some. */
  resolve(line: number, phase: Phase): ResolvedLine | undefined {
    const found = this.ownerOf(line) ?? this.lines.find((candidate) => candidate >= line);
    if (found === undefined) return undefined;
    const paths = this.at(found).map(({ path }) => this.entryOf(path, phase));
    return { line: found, paths: [...new Set(paths)] };
  }

  /** The line on which the layer begins that a line is a part of; a comment in a container is about what comes next. */
  private ownerOf(line: number): number | undefined {
    const owner = owningLine(this.text, line, (at) => this.byLine.has(at));
    if (owner === undefined || this.text[line - 1]?.trimStart().startsWith('#') !== true)
      return owner;
    const items = this.at(owner).flatMap(({ path }) => this.items.get(path) ?? []);
    return items.some((item) => insideOf(item).length > 0) ? undefined : owner;
  }

  /** Where one enters a container in a phase: its first layer, in the backward pass its last. Layers stand for themselves. */
  private entryOf(path: string, phase: Phase): string {
    const item = this.items.get(path);
    // A Residual runs itself, at its sum.
    if (item === undefined || item.type === 'Residual') return path;
    const inside = insideOf(item);
    const next = phase === 'backward' ? inside.at(-1) : inside[0];
    return next === undefined ? path : this.entryOf(next.path, phase);
  }
}

function insideOf({ parts }: Item): readonly Item[] {
  return Object.values(parts).flat();
}

function withInner(item: Item): readonly Item[] {
  return [item, ...insideOf(item).flatMap(withInner)];
}
