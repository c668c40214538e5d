import * as l10n from '@vscode/l10n';
import { nearestFix, withNearest } from '../syntax/nearest.ts';
import type { Range, SyntaxEntry, SyntaxNode } from '../syntax/tree.ts';
import { isEmpty } from '../syntax/tree.ts';
import { addArgument } from './addArgument.ts';
import type { ArgumentKind, ArgumentSpec, ArgumentSpecs } from './arguments.ts';
import type { Reader } from './reader.ts';

/** The part of a definition that reading its arguments needs. */
export interface Arguments {
  readonly type: string;
  readonly positional?: string;
  readonly arguments: ArgumentSpecs;
}

/** Arguments as they stand in the text: `Linear: 128` or `Linear: { out_features: 128 }`. */
export interface GivenArguments {
  readonly entries: readonly SyntaxEntry[];
  /** Where to report an argument that is missing. */
  readonly range: Range;
  /** What stands behind the type, where arguments can be added to it. */
  readonly node?: SyntaxNode;
}

/** What stands behind a type, as named arguments. */
export function givenArguments(
  definition: Arguments,
  node: SyntaxNode | undefined,
  range: Range,
  reader: Reader,
): GivenArguments {
  if (node === undefined || isEmpty(node)) return { entries: [], range };
  if (node.kind === 'map') return { entries: node.entries, range, node };
  const { positional } = definition;
  if (positional !== undefined) {
    return { entries: [{ key: positional, keyRange: node.range, value: node }], range };
  }
  reader.report(
    'wrong-kind',
    l10n.t('{0} takes named arguments: write {0}: { ... }', definition.type),
    node.range,
  );
  return { entries: [], range };
}

/** Values of all arguments, defaults filled in; what is wrong or missing is reported and left out. */
export function readArguments(
  definition: Arguments,
  given: GivenArguments,
  reader: Reader,
): { readonly values: Record<string, unknown>; readonly places: ReadonlyMap<string, Range> } {
  const values: Record<string, unknown> = {};
  const places = new Map<string, Range>();
  for (const { key, keyRange, value } of given.entries) {
    const spec = specOf(definition, key);
    if (spec === undefined) {
      const known = Object.keys(definition.arguments);
      const { type } = definition;
      const unknown = l10n.t("{0} has no argument '{1}'", type, key);
      const listed =
        known.length === 0
          ? l10n.t('{0}; it takes none', unknown)
          : l10n.t('{0}; it takes {1}', unknown, known.join(', '));
      reader.report(
        'unknown-argument',
        withNearest(unknown, key, known, listed),
        keyRange,
        nearestFix(key, known, keyRange),
      );
      continue;
    }
    places.set(key, value.range);
    const { kind } = spec;
    const isNullWord =
      kind.type === 'numberOrWord' && value.kind === 'scalar' && kind.words.includes(value.text);
    if (isEmpty(value) && !isNullWord) {
      reader.report(
        'missing-argument',
        l10n.t('{0} of {1} has no value', key, definition.type),
        keyRange,
      );
      continue;
    }
    values[key] = spec.read(value, reader, l10n.t('{0} of {1}', key, definition.type));
  }
  for (const [key, spec] of Object.entries(definition.arguments)) {
    if (!places.has(key)) values[key] = fallbackOf(definition, key, spec, given, reader);
  }
  return { values, places };
}

function specOf(definition: Arguments, key: string): ArgumentSpec | undefined {
  return Object.hasOwn(definition.arguments, key) ? definition.arguments[key] : undefined;
}

function fallbackOf(
  definition: Arguments,
  key: string,
  { fallback, doc, kind }: ArgumentSpec,
  given: GivenArguments,
  reader: Reader,
): unknown {
  const { range } = given;
  switch (fallback.kind) {
    case 'absent':
      return undefined;
    case 'value':
      return fallback.value;
    case 'required': {
      const message = l10n.t('{0} needs {1}: {2}', definition.type, key, l10n.t(doc));
      reader.report('missing-argument', message, range, missingFix(key, kind, given));
      return undefined;
    }
    case 'name': {
      const value = reader.names.get(fallback.name);
      if (value !== undefined) return value;
      const message = l10n.t(
        '{0} needs {1}: the data has no {2} to take it from',
        definition.type,
        key,
        fallback.name,
      );
      reader.report('missing-argument', message, range);
      return undefined;
    }
  }
}

/** Adds an argument with a value to start from, where any value of its kind will do. */
function missingFix(key: string, kind: ArgumentKind, { node, range }: GivenArguments) {
  const value = firstValue(kind);
  const argument = `${key}: ${value ?? ''}`;
  const edit = node && value !== undefined ? addArgument(range, node, argument) : undefined;
  return edit ? [{ title: l10n.t('Add {0}', argument), edits: [edit] }] : [];
}

function firstValue(kind: ArgumentKind): string | undefined {
  switch (kind.type) {
    case 'integer':
      return String(Math.max(kind.min, 1));
    case 'choice':
      return kind.options[0];
    default:
      return undefined;
  }
}
