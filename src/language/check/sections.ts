import * as l10n from '@vscode/l10n';
import { nearestFix, withNearest } from '../syntax/nearest.ts';
import type { Report } from '../syntax/diagnostic.ts';
import { describeNode, isEmpty, type SyntaxEntry, type SyntaxMap } from '../syntax/tree.ts';

/** The keys of one part of a model file. */
export interface Section<Key extends string> {
  get(key: Key): SyntaxEntry | undefined;
}

/** The entries of `map` under the keys that belong there; others are reported with the nearest right one. */
export function readSection<const Key extends string>(
  map: SyntaxMap,
  keys: readonly Key[],
  what: string,
  report: Report,
): Section<Key> {
  const found = new Map<string, SyntaxEntry>();
  for (const entry of map.entries) {
    if (keys.some((key) => key === entry.key)) {
      found.set(entry.key, entry);
      continue;
    }
    const unknown = l10n.t("{0} has no '{1}'", what, entry.key);
    const listed = l10n.t('{0}; it has {1}', unknown, keys.join(', '));
    const fixes = nearestFix(entry.key, keys, entry.keyRange);
    const message = withNearest(unknown, entry.key, keys, listed);
    report('unknown-key', message, entry.keyRange, fixes);
  }
  return { get: (key) => found.get(key) };
}

/** What stands under a key, if it is a map; something else is reported, nothing is not. */
export function mapUnder(entry: SyntaxEntry | undefined, report: Report): SyntaxMap | undefined {
  if (entry === undefined || isEmpty(entry.value)) return undefined;
  if (entry.value.kind === 'map') return entry.value;
  const message = l10n.t('{0} is a map, not {1}', entry.key, describeNode(entry.value));
  report('wrong-kind', message, entry.value.range);
  return undefined;
}
