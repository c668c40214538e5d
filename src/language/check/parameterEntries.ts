import * as l10n from '@vscode/l10n';
import { readReference, type Reference } from '../layers/arguments.ts';
import type { LayerDefinition } from '../layers/definition.ts';
import { initializers, type InitializerChoice } from '../layers/initializers.ts';
import type { Reader } from '../layers/reader.ts';
import { givenArguments, readArguments } from '../layers/values.ts';
import { nearestFix, withNearest } from '../syntax/nearest.ts';
import { describeNode, type SyntaxEntry, type SyntaxNode } from '../syntax/tree.ts';

/** `init: { weight: zeros }` of a layer, or of a layer type for the whole model: parameter name → initializer. */
export function readInitializers(
  node: SyntaxNode | undefined,
  definition: LayerDefinition,
  reader: Reader,
): ReadonlyMap<string, InitializerChoice> {
  const found = new Map<string, InitializerChoice>();
  for (const { key, value } of parameterEntries(node, 'init', definition, reader)) {
    const initializer = readInitializer(value, reader);
    if (initializer) found.set(key, initializer);
  }
  return found;
}

/** `share: { weight: tokens.weight }`: parameter name → path of the parameter to use instead. */
export function readShares(
  node: SyntaxNode | undefined,
  definition: LayerDefinition,
  reader: Reader,
): ReadonlyMap<string, Reference> {
  const found = new Map<string, Reference>();
  for (const { key, value } of parameterEntries(node, 'share', definition, reader)) {
    const reference = readReference(value, reader, l10n.t('share of {0}', key));
    if (reference) found.set(key, reference);
  }
  return found;
}

function parameterEntries(
  node: SyntaxNode | undefined,
  what: 'init' | 'share',
  definition: LayerDefinition,
  reader: Reader,
): readonly SyntaxEntry[] {
  if (node === undefined) return [];
  if (node.kind !== 'map') {
    const message = l10n.t(
      '{0} is a map of parameters, e.g. {0}: { weight: ... }, not {1}',
      what,
      describeNode(node),
    );
    reader.report('wrong-kind', message, node.range);
    return [];
  }
  return node.entries.filter(({ key, keyRange }) => {
    if (definition.parameters.includes(key)) return true;
    const known = definition.parameters;
    const unknown = l10n.t("{0} has no parameter '{1}'", definition.type, key);
    const listed =
      known.length === 0
        ? l10n.t('{0}; it has none', unknown)
        : l10n.t('{0}; it has {1}', unknown, known.join(', '));
    const message = withNearest(unknown, key, known, listed);
    reader.report('unknown-parameter', message, keyRange, nearestFix(key, known, keyRange));
    return false;
  });
}

/** `zeros`, `{ normal: { std: 0.02 } }`, `{ constant: 0.5 }`. */
function readInitializer(node: SyntaxNode, reader: Reader): InitializerChoice | undefined {
  const entry = node.kind === 'map' && node.entries.length === 1 ? node.entries[0] : undefined;
  const type = entry?.key ?? (node.kind === 'scalar' ? node.text : '');
  const range = entry?.keyRange ?? node.range;
  const definition = initializers.get(type);
  if (definition === undefined) {
    const known = [...initializers.keys()];
    const unknown = l10n.t("there is no initializer '{0}'", type);
    const listed = l10n.t('{0}; there are {1}', unknown, known.join(', '));
    const message = withNearest(unknown, type, known, listed);
    reader.report('bad-initializer', message, range, nearestFix(type, known, range));
    return undefined;
  }
  const given = givenArguments(definition, entry?.value, range, reader);
  const { values } = readArguments(definition, given, reader);
  return { type, resolve: (shape) => definition.resolve(values, shape) };
}
