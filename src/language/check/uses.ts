import * as l10n from '@vscode/l10n';
import type { Report } from '../syntax/diagnostic.ts';
import {
  describeNode,
  isEmpty,
  type Range,
  type SyntaxEntry,
  type SyntaxMap,
  type SyntaxNode,
} from '../syntax/tree.ts';

/** Keys that every layer takes, beside its type or among its arguments. */
export const commonKeys = ['name', 'from', 'init', 'share'] as const;

export type CommonKey = (typeof commonKeys)[number];

const nothing: ReadonlyMap<CommonKey, SyntaxEntry> = new Map();

/** How a layer is used at one place: its type and what stands behind it. */
export interface Use {
  readonly type: string;
  readonly typeRange: Range;
  /** The arguments, without the common keys; absent for a bare word. */
  readonly node: SyntaxNode | undefined;
  readonly common: ReadonlyMap<CommonKey, SyntaxEntry>;
}

/** Reads `GELU`, `Linear: 128`, `Linear: { out_features: 128 }`; undefined after a report. */
export function readUse(node: SyntaxNode, report: Report): Use | undefined {
  if (node.kind === 'scalar' && typeof node.value === 'string') {
    return { type: node.value, typeRange: node.range, node: undefined, common: nothing };
  }
  if (node.kind === 'map') return readMapUse(node, report);
  const found = isEmpty(node) ? l10n.t('an empty entry') : describeNode(node);
  report(
    'wrong-kind',
    l10n.t('a layer belongs here, e.g. Linear: 128, not {0}', found),
    node.range,
  );
  return undefined;
}

function readMapUse(node: SyntaxMap, report: Report): Use | undefined {
  const outside = separate(node);
  const [type, second] = outside.rest;
  if (type === undefined) {
    report('wrong-kind', l10n.t('this entry names no layer, e.g. Linear: 128'), node.range);
    return undefined;
  }
  if (second !== undefined) {
    const message = l10n.t(
      'one entry is one layer, and here are {0} and {1}: arguments stand in {0}: { ... }',
      type.key,
      second.key,
    );
    report('wrong-kind', message, second.keyRange);
  }
  const use = { type: type.key, typeRange: type.keyRange };
  if (type.value.kind !== 'map') return { ...use, node: type.value, common: outside.common };
  const inside = separate(type.value);
  if (inside.common.size === 0) return { ...use, node: type.value, common: outside.common };
  for (const [key, entry] of inside.common) {
    if (!outside.common.has(key)) continue;
    const message = l10n.t('{0} is given beside {1} and among its arguments', key, type.key);
    report('duplicate-argument', message, entry.keyRange);
  }
  return {
    ...use,
    node: { ...type.value, entries: inside.rest },
    common: new Map([...outside.common, ...inside.common]),
  };
}

function separate(map: SyntaxMap): {
  readonly common: ReadonlyMap<CommonKey, SyntaxEntry>;
  readonly rest: readonly SyntaxEntry[];
} {
  if (!map.entries.some(({ key }) => isCommon(key))) return { common: nothing, rest: map.entries };
  const common = new Map<CommonKey, SyntaxEntry>();
  const rest: SyntaxEntry[] = [];
  for (const entry of map.entries) {
    const { key } = entry;
    if (isCommon(key)) common.set(key, entry);
    else rest.push(entry);
  }
  return { common, rest };
}

function isCommon(key: string): key is CommonKey {
  return commonKeys.some((common) => common === key);
}
