import type { ModelTree } from '../check/check.ts';
import { candidatesOf } from '../check/scopes.ts';
import type { Item } from '../layers/definition.ts';
import type { Position, Range } from '../syntax/tree.ts';
import { startsWith, type Mark } from './marks.ts';

const mostPaths = 500;

/** All layers of a model, containers before what is in them. */
export function* allItems(items: readonly Item[]): Generator<Item> {
  for (const item of items) {
    yield item;
    for (const part of Object.values(item.parts)) yield* allItems(part);
  }
}

/** The layers that a place of the text stands for: several where it is in a Repeat or a define. */
export function itemsOf({ items }: ModelTree, typeRange: Range): readonly Item[] {
  return [...allItems(items)].filter(({ range }) => startsWith(range, typeRange));
}

/** Paths that the layer of `mark` may take its input from, as short as they may be written. */
export function pathsBefore(tree: ModelTree, mark: Mark, position: Position): readonly string[] {
  const own = mark.use && itemsOf(tree, mark.use.typeRange)[0]?.path;
  const found = ['input'];
  if (own === undefined) return found;
  const known = new Set([...allItems(tree.items)].map(({ path }) => path));
  for (const item of allItems(tree.items)) {
    if (found.length >= mostPaths) break;
    const { path, range } = item;
    const isOpen = own === path || own.startsWith(`${path}.`);
    if (isOpen || range.start.line > position.line) continue;
    found.push(shortest(own, path, known));
  }
  return [...new Set(found)];
}

/** The shortest text that leads from the layer `from` to the layer `path`. */
function shortest(from: string, path: string, known: ReadonlySet<string>): string {
  const names = path.split('.');
  for (let count = 1; count < names.length; count++) {
    const text = names.slice(-count).join('.');
    if (candidatesOf(from, text).find((candidate) => known.has(candidate)) === path) return text;
  }
  return path;
}

/** Paths of parameters that exist before a position. */
export function parameterPaths({ items }: ModelTree, position: Position): readonly string[] {
  const found: string[] = [];
  for (const { path, range, definition } of allItems(items)) {
    if (range.start.line > position.line || found.length >= mostPaths) continue;
    found.push(...definition.parameters.map((name) => `${path}.${name}`));
  }
  return found;
}

/** The layer that `reference` leads to from the layer `from`; undefined when there is none. */
export function pathTarget(tree: ModelTree, from: string, reference: string): Item | undefined {
  const items = new Map([...allItems(tree.items)].map((item) => [item.path, item]));
  const found = candidatesOf(from, reference).find((candidate) => items.has(candidate));
  return found === undefined ? undefined : items.get(found);
}
