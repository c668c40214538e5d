import * as l10n from '@vscode/l10n';
import type { ModelTree } from '../check/check.ts';
import { commonKeys } from '../check/uses.ts';
import { dataNames } from '../layers/dataShapes.ts';
import { layerRegistry } from '../layers/registry.ts';
import type { TextEdit } from '../syntax/diagnostic.ts';
import { functionNames } from '../syntax/expressions.ts';
import type { Position } from '../syntax/tree.ts';
import { readOutline } from './marks.ts';
import { thingAt, type NamedThing } from './occurrences.ts';

/** What renaming does, or why it cannot be done. */
export type Renaming =
  | { readonly kind: 'edits'; readonly edits: readonly TextEdit[] }
  | { readonly kind: 'refused'; readonly reason: string };

/** Gives what a position means another name, wherever the text means it. Never throws. */
export function rename(text: string, position: Position, name: string, tree: ModelTree): Renaming {
  const thing = thingAt(text, position, tree);
  if (thing === undefined) {
    return refused(l10n.t('Only values of let, defines and names of layers can be renamed.'));
  }
  const problem = problemOf(thing, name, tree, readOutline(text)?.defines ?? new Set());
  if (problem !== undefined) return refused(problem);
  const ranges = [thing.definition, ...thing.references];
  return { kind: 'edits', edits: ranges.map((range) => ({ range, text: name })) };
}

function refused(reason: string): Renaming {
  return { kind: 'refused', reason };
}

function problemOf(
  { kind }: NamedThing,
  name: string,
  { values }: ModelTree,
  defines: ReadonlySet<string>,
): string | undefined {
  if (kind === 'let') {
    if (!/^[A-Za-z_]\w*$/.test(name))
      return l10n.t('A name in formulas has letters, digits and _.');
    const known = [...dataNames, ...functionNames, ...values.keys()];
    return known.includes(name) ? l10n.t('{0} is known already.', name) : undefined;
  }
  if (!/^[A-Za-z_][\w-]*$/.test(name)) {
    return l10n.t('A name starts with a letter and has letters, digits, - and _.');
  }
  if (kind === 'name') return name === 'input' ? l10n.t('input is the model’s input.') : undefined;
  const isTaken =
    layerRegistry.has(name) || defines.has(name) || commonKeys.some((key) => key === name);
  return isTaken ? l10n.t('{0} is a layer or a define already.', name) : undefined;
}
