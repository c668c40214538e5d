import type { ModelTree } from '../check/check.ts';
import { candidatesOf } from '../check/scopes.ts';
import type { Item } from '../layers/definition.ts';
import { functionNames } from '../syntax/expressions.ts';
import type { Position, Range, SyntaxNode } from '../syntax/tree.ts';
import {
  contains,
  markAt,
  marksOf,
  readOutline,
  startsWith,
  type Mark,
  type Outline,
} from './marks.ts';
import { allItems } from './paths.ts';

/** Something that a model file names, and every place of the text that means it. */
export interface NamedThing {
  readonly kind: 'let' | 'define' | 'name';
  readonly name: string;
  readonly definition: Range;
  /** Everywhere else, in the order of the text. */
  readonly references: readonly Range[];
}

/**
 * The value of `let`, the define or the layer's name that a position means; undefined for anything else. A path means the layer
 * that each of its parts names. Never throws.
 */
export function thingAt(text: string, position: Position, tree: ModelTree): NamedThing | undefined {
  const outline = readOutline(text);
  const mark = outline && markAt(outline, position);
  if (outline === undefined || mark === undefined) return undefined;
  const finder = new Finder(outline, tree);
  const found = finder.meantBy(mark).find(({ range }) => contains(range, position));
  return found && finder.thing(found.definition);
}

/** A name where it is made. */
interface Definition {
  readonly kind: NamedThing['kind'];
  readonly name: string;
  readonly range: Range;
}

interface Occurrence {
  readonly range: Range;
  readonly definition: Definition;
}

class Finder {
  private readonly marks: readonly Mark[];
  private readonly lets = new Map<string, Definition>();
  private readonly defines = new Map<string, Definition>();
  /** By where the type of the layer stands. */
  private readonly names = new Map<string, Definition>();
  private readonly items = new Map<string, Item>();
  private readonly byUse = new Map<string, Item[]>();

  constructor(outline: Outline, tree: ModelTree) {
    this.marks = [...marksOf(outline)];
    for (const mark of this.marks) this.note(mark);
    for (const item of allItems(tree.items)) {
      this.items.set(item.path, item);
      const key = keyOf(item.range);
      const known = this.byUse.get(key);
      if (known) known.push(item);
      else this.byUse.set(key, [item]);
    }
  }

  private note({ role, place, text, range, use }: Mark): void {
    if (role === 'key' && place.kind === 'let') {
      this.lets.set(text, { kind: 'let', name: text, range });
    } else if (role === 'key' && place.kind === 'defines') {
      this.defines.set(text, { kind: 'define', name: text, range });
    } else if (role === 'value' && place.kind === 'name' && use && text !== '') {
      this.names.set(keyOf(use.typeRange), { kind: 'name', name: text, range });
    }
  }

  thing(definition: Definition): NamedThing {
    const all = this.marks
      .flatMap((mark) => this.meantBy(mark))
      .filter((one) => one.definition === definition && !startsWith(one.range, definition.range));
    const { kind, name, range } = definition;
    return { kind, name, definition: range, references: unique(all.map((one) => one.range)) };
  }

  /** What the parts of a key or value mean. */
  meantBy(mark: Mark): readonly Occurrence[] {
    const { role, place, text, range, use } = mark;
    const of = (definition: Definition | undefined): readonly Occurrence[] =>
      definition ? [{ range, definition }] : [];
    if (role === 'key') {
      if (place.kind === 'let') return of(this.lets.get(text));
      if (place.kind === 'defines') return of(this.defines.get(text));
      return place.kind === 'layer' ? of(this.defines.get(text)) : [];
    }
    switch (place.kind) {
      case 'layer':
        return of(this.defines.get(text));
      case 'name':
        return of(use && this.names.get(keyOf(use.typeRange)));
      case 'path':
      case 'parameterPath':
        return this.partsOfPath(mark, place.kind === 'parameterPath');
      case 'formula':
      case 'value':
      case 'arguments':
        return this.namesOfFormula(mark);
      default:
        return [];
    }
  }

  /** Names of `let` in a formula, or a word that stands for one. */
  private namesOfFormula({ node, range, place }: Mark): readonly Occurrence[] {
    if (node.kind !== 'scalar' || typeof node.value !== 'string') return [];
    const spec =
      place.kind === 'value'
        ? place.spec
        : place.kind === 'arguments'
          ? place.of.arguments[place.of.positional ?? '']
          : undefined;
    if (place.kind !== 'formula' && spec === undefined) return [];
    const kind = spec?.kind;
    const words =
      kind?.type === 'choice' ? kind.options : kind?.type === 'numberOrWord' ? kind.words : [];
    if (words.includes(node.value) || kind?.type === 'text') return [];
    const start = contentStart(node, range);
    if (start === undefined) return [];
    return [...node.value.matchAll(/(?<![\w.])[A-Za-z_]\w*/g)].flatMap(({ 0: name, index }) => {
      const definition = functionNames.includes(name) ? undefined : this.lets.get(name);
      return definition ? [{ range: within(start, index, name.length), definition }] : [];
    });
  }

  /** A path names its layer and the containers that it leads through. */
  private partsOfPath({ node, text, range, use }: Mark, hasParameter: boolean) {
    const found: Occurrence[] = [];
    const start = contentStart(node, range);
    if (use === undefined || start === undefined) return found;
    for (const item of this.byUse.get(keyOf(use.typeRange)) ?? []) {
      const target = this.targetOf(item.path, text, hasParameter);
      if (target === undefined) continue;
      const names = target.reference.split('.');
      const scope = target.item.path.split('.').slice(0, -names.length);
      let offset = 0;
      for (const [index, name] of names.entries()) {
        const container = this.items.get([...scope, ...names.slice(0, index + 1)].join('.'));
        const definition = container && this.names.get(keyOf(container.range));
        const part = within(start, offset, name.length);
        if (definition?.name === name) found.push({ range: part, definition });
        offset += name.length + 1;
      }
    }
    return found;
  }

  /** The layer that a path leads to; of a path to a parameter the layer that has it. */
  private targetOf(from: string, path: string, hasParameter: boolean) {
    for (let reference = path; reference !== '';) {
      const candidates = candidatesOf(from, reference);
      const found = candidates.find((candidate) => this.items.has(candidate));
      const item = found === undefined ? undefined : this.items.get(found);
      if (item) return { item, reference };
      if (!hasParameter) return undefined;
      reference = reference.slice(0, Math.max(reference.lastIndexOf('.'), 0));
    }
    return undefined;
  }
}

function keyOf({ start }: Range): string {
  return `${start.line}:${start.column}`;
}

/** Where the text of a single value begins; undefined where it is not written as it is read, as with escapes. */
function contentStart(node: SyntaxNode, { start, end }: Range): Position | undefined {
  if (node.kind !== 'scalar' || start.line !== end.line) return undefined;
  const quotes = end.column - start.column - node.text.length;
  if (quotes === 0) return start;
  return quotes === 2 ? { line: start.line, column: start.column + 1 } : undefined;
}

function within({ line, column }: Position, offset: number, length: number): Range {
  const start = { line, column: column + offset };
  return { start, end: { line, column: start.column + length } };
}

function unique(ranges: readonly Range[]): readonly Range[] {
  return [...new Map(ranges.map((range) => [keyOf(range), range])).values()];
}
