import * as l10n from '@vscode/l10n';
import type { ModelTree } from '../../check/check.ts';
import { addArgument } from '../../layers/addArgument.ts';
import { layerRegistry } from '../../layers/registry.ts';
import { closeBrackets } from '../../syntax/brackets.ts';
import type { Fix, TextEdit } from '../../syntax/diagnostic.ts';
import { entryOf, type Range, type SyntaxMap } from '../../syntax/tree.ts';
import { markAt, type Mark } from '../marks.ts';
import { allItems } from '../paths.ts';
import { wholeEntry } from './duplicateKeys.ts';
import { insertedKey } from './missingKeys.ts';
import { nearNumbers, otherName, requiredArguments, wordFor } from './replacements.ts';
import { partsAt, type Part, type Surroundings } from './surroundings.ts';
import type { Wrong } from './wrong.ts';

/** Batch that a norm over it can do with. */
const goodBatch = 32;

/**
 * Changes that may put a problem right, likelier ones first. They are suggestions: whether one does so without breaking something
 * else only a check of the changed text can tell.
 */
export function* candidates(wrong: Wrong): Generator<Fix> {
  const { code, range, outline, tree, around } = wrong;
  const parts = partsAt(outline.root, range.start);
  const mark = markAt(outline, range.start);
  const map = (key: string): SyntaxMap | undefined => {
    const value = entryOf(outline.root, key)?.value;
    return value?.kind === 'map' ? value : undefined;
  };
  switch (code) {
    case 'syntax':
      yield* fix(l10n.t('Close the brackets'), ...closing(wrong.text));
      return;
    case 'duplicate-key': {
      const whole = wholeEntry(wrong.text, range.start);
      yield* fix(l10n.t('Remove this second one'), whole && { range: whole, text: '' });
      return;
    }
    case 'missing-key':
      yield* insertedKey(wrong);
      return;
    case 'duplicate-name':
    case 'bad-name':
    case 'reserved-name': {
      yield* renamed(wrong, mark);
      // A norm of a residual that was given a name.
      const own = mark?.place.kind === 'layer' ? mark.use?.common.get('name') : undefined;
      yield* removed(wrong, own ? partsAt(outline.root, own.keyRange.start) : parts, own?.key);
      return;
    }
    case 'too-few-values':
    case 'tiny-batch': {
      const train = map('train');
      const edit = train && around.setEntry(train, 'batch', String(goodBatch));
      yield* fix(l10n.t('Set the batch to {0}', goodBatch), edit);
      return;
    }
    case 'post-norm-without-warmup': {
      const train = map('train');
      const schedule = train && entryOf(train, 'schedule')?.value;
      const edit =
        schedule?.kind === 'map'
          ? around.setEntry(schedule, 'warmup', '200')
          : train && around.setEntry(train, 'schedule', '{ warmup: 200 }');
      yield* fix(l10n.t('Warm up over {0} steps', 200), edit);
      return;
    }
    case 'missing-final-norm':
      yield* finalNorm(wrong);
      return;
    case 'bias-before-norm':
      yield* argument(mark, around, 'bias', 'false');
      return;
    case 'deepnorm-without-post-norm':
      yield* argument(mark, around, 'placement', 'post');
      yield* argument(mark, around, 'norm', 'LayerNorm');
      return;
    case 'needs-numbers': {
      const [item] = parts.filter(({ kind }) => kind === 'item');
      const edit = item && around.insertItem(item, 'Embedding: 16', 'before');
      yield* fix(l10n.t('Put an Embedding before it'), edit);
      return;
    }
    case 'loss-mismatch': {
      const [item] = parts.filter(({ kind }) => kind === 'item');
      const size = tree.values.has('vocabulary') ? 'vocabulary' : 'classes';
      yield* argument(mark, around, 'out_features', size);
      const edit = item && around.insertItem(item, `Linear: ${size}`, 'after');
      yield* fix(l10n.t('End with {0}', `Linear: ${size}`), edit);
      return;
    }
    case 'missing-argument':
      yield* required(mark, tree);
      return;
    default:
      yield* wordFor(mark, range);
      yield* nearNumbers(mark, range, around.lines);
      yield* removed(wrong, parts);
  }
}

function* fix(title: string, ...edits: readonly (TextEdit | undefined)[]): Generator<Fix> {
  const known = edits.filter((edit) => edit !== undefined);
  if (known.length > 0 && known.length === edits.length) yield { title, edits: known };
}

/** What is added to each line to close what is open. */
function closing(text: string): readonly TextEdit[] {
  const lines = text.split('\n');
  return closeBrackets(text)
    .split('\n')
    .flatMap((line, index) => {
      const was = lines[index] ?? '';
      if (line === was) return [];
      const start = { line: index + 1, column: 1 };
      return [{ range: { start, end: { line: index + 1, column: was.length + 1 } }, text: line }];
    });
}

/** What can be taken out: an argument that has a default, an entry of any kind, or a layer. */
const removable: Readonly<Record<string, 'argument' | 'entry' | 'item'>> = {
  'unknown-key': 'entry',
  'unknown-argument': 'entry',
  'duplicate-argument': 'entry',
  'reserved-name': 'entry',
  'bad-name': 'entry',
  'unused-define': 'entry',
  'unused-let': 'entry',
  'shared-shape': 'entry',
  'bad-initializer': 'argument',
  'unknown-parameter': 'entry',
  'shape-mismatch': 'argument',
  'batch-axis': 'argument',
  'bad-value': 'argument',
  'groups-not-dividing': 'argument',
  'norms-in-series': 'item',
  'unused-layer': 'item',
  'needs-tokens': 'item',
};

function* removed(
  { code, around, range, outline }: Wrong,
  parts: readonly Part[],
  name?: string,
): Generator<Fix> {
  const kind = removable[code];
  const mark = markAt(outline, range.start);
  if (kind === 'argument' && mark?.place.kind !== 'value') return;
  const first = parts.findIndex((part) => (part.kind === 'item') === (kind === 'item'));
  const part = parts[first];
  if (kind === undefined || part === undefined) return;
  const { line, column } = range.start;
  const word = around.lines[line - 1]?.slice(column - 1, range.end.column - 1) ?? '';
  const shown = name ?? (part.kind === 'entry' ? part.entry.key : word);
  yield* fix(l10n.t("Remove '{0}'", shown), around.remove(parts.slice(first)));
}

function* renamed({ code, tree, range, outline }: Wrong, mark: Mark | undefined): Generator<Fix> {
  const isName = mark?.role === 'value' && mark.place.kind === 'name';
  const isDefine = mark?.role === 'key' && mark.place.kind === 'defines';
  if (!isName && !(isDefine && code === 'bad-name')) return;
  const taken = new Set([...allItems(tree.items)].flatMap(({ path }) => path.split('.')));
  const name = otherName(mark.text, new Set([...taken, ...outline.defines, 'input']));
  yield* fix(l10n.t("Rename to '{0}'", name), { range, text: name });
}

/** Gives the layer at a mark an argument, whichever way its arguments are written. */
function* argument(
  mark: Mark | undefined,
  around: Surroundings,
  key: string,
  value: string,
): Generator<Fix> {
  if (mark?.use === undefined || mark.place.kind !== 'layer') return;
  const { typeRange, node } = mark.use;
  const title = l10n.t('Set {0}', `${key}: ${value}`);
  const map = mark.node.kind === 'map' && mark.role === 'key' ? mark.node : undefined;
  if (map) {
    yield* fix(title, around.setEntry(map, key, value));
    return;
  }
  const { place } = mark;
  if (place.category !== undefined) return;
  const positional = mark.role === 'key' && node?.kind === 'scalar' ? node : undefined;
  if (positional === undefined) {
    yield* fix(title, ...wrappedArgument(mark, typeRange, `${key}: ${value}`));
    return;
  }
  const name = layerRegistry.get(mark.text)?.positional;
  if (name === undefined) return;
  const text = name === key ? value : `{ ${name}: ${positional.text}, ${key}: ${value} }`;
  yield* fix(title, { range: positional.range, text });
}

/** Arguments for a bare word. */
function wrappedArgument(
  { role }: Mark,
  type: Range,
  text: string,
): readonly (TextEdit | undefined)[] {
  return role === 'value' ? [addArgument(type, undefined, text)] : [undefined];
}

/** What a layer needs, with values to begin with: of sizes one, or what the loss needs of the last layer. */
function* required(mark: Mark | undefined, { values }: ModelTree): Generator<Fix> {
  if (mark?.place.kind !== 'layer' || mark.node.kind !== 'scalar') return;
  const isKey = mark.role === 'key';
  if (isKey && mark.node.text !== '') return;
  const sizes = ['1', ...['vocabulary', 'classes'].filter((name) => values.has(name))];
  const { line, column } = mark.range.end;
  const place = { line, column: isKey ? column + 1 : column };
  for (const size of sizes) {
    const needed = requiredArguments(mark.text, size);
    if (needed === undefined) return;
    const text = isKey ? ` ${needed}` : `: ${needed}`;
    yield* fix(l10n.t('Add {0}', needed), { range: { start: place, end: place }, text });
  }
}

/** A norm of the blocks' kind, after the layer that holds the last of them. */
function* finalNorm({ path, tree, outline, around }: Wrong): Generator<Fix> {
  const items = [...allItems(tree.items)];
  const residual = items.find((item) => item.path === path);
  const [top = ''] = path.split('.');
  const holder = items.find((item) => item.path === top);
  const part = holder && partsAt(outline.root, holder.range.start).findLast(isItem);
  const norm = residual?.parts['before']?.[0]?.type ?? 'LayerNorm';
  yield* fix(
    l10n.t('Add {0} after the blocks', norm),
    part && around.insertItem(part, norm, 'after'),
  );
}

function isItem(part: Part): boolean {
  return part.kind === 'item';
}
