import * as l10n from '@vscode/l10n';
/** A place in a text; lines and columns count from 1, columns in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** From `start` up to, not including, `end`. */
export interface Range {
  readonly start: Position;
  readonly end: Position;
}

/** A model file as a tree: YAML's nodes, aliases resolved, each with its place in the text. */
export type SyntaxNode = SyntaxScalar | SyntaxList | SyntaxMap;

export type ScalarValue = string | number | boolean | null;

export interface SyntaxScalar {
  readonly kind: 'scalar';
  /** The value by YAML's core schema: `1e-3` is a number, `4 * width` a string, an empty place null. */
  readonly value: ScalarValue;
  /** The value as it is written, quotes and escapes undone: tells the path 2.10 from 2.1. */
  readonly text: string;
  readonly range: Range;
}

export interface SyntaxList {
  readonly kind: 'list';
  readonly items: readonly SyntaxNode[];
  readonly range: Range;
}

export interface SyntaxMap {
  readonly kind: 'map';
  readonly entries: readonly SyntaxEntry[];
  readonly range: Range;
}

export interface SyntaxEntry {
  readonly key: string;
  readonly keyRange: Range;
  /** A scalar null where the text has a key and nothing after it. */
  readonly value: SyntaxNode;
}

/** The entry of `map` under `key`; keys are unique in a tree that parsed without error, else the first counts. */
export function entryOf(map: SyntaxMap, key: string): SyntaxEntry | undefined {
  return map.entries.find((entry) => entry.key === key);
}

/** True for a key that has nothing after it. */
export function isEmpty(node: SyntaxNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}

/** What a node is, in words for messages. */
export function describeNode(node: SyntaxNode): string {
  if (node.kind === 'list') return l10n.t('a list');
  if (node.kind === 'map') return l10n.t('a map');
  if (node.value === null) return l10n.t('nothing');
  return typeof node.value === 'string' ? `'${node.value}'` : String(node.value);
}
