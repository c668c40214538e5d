import * as l10n from '@vscode/l10n';
import { counted } from '../../base/counts.ts';
import type { ModelTree } from '../check/check.ts';
import type { Item } from '../layers/definition.ts';
import { layerRegistry } from '../layers/registry.ts';
import { evaluate, ExpressionProblem, type ExpressionValue } from '../syntax/expressions.ts';
import type { Position, Range } from '../syntax/tree.ts';
import { formatFlops, formatOutput } from './cost.ts';
import {
  commonKeyDocs,
  describeArgument,
  describeKind,
  describeLayer,
  paragraphs,
} from './describe.ts';
import { markAt, readOutline, type Mark } from './marks.ts';
import { allItems, itemsOf, pathTarget } from './paths.ts';
import { fileKeys, trainingKeys, type Place } from './places.ts';

/** What people read about the thing under the pointer. */
export interface Hover {
  readonly range: Range;
  /** Markdown. */
  readonly text: string;
}

/** What is known of the thing at a position; undefined where there is nothing to say. Never throws. */
export function hover(text: string, position: Position, tree: ModelTree): Hover | undefined {
  const outline = readOutline(text);
  const mark = outline && markAt(outline, position);
  if (mark === undefined) return undefined;
  const shown = mark.role === 'key' ? aboutKey(mark, tree) : aboutValue(mark, position, tree);
  return shown === undefined || shown === '' ? undefined : { range: mark.range, text: shown };
}

function aboutKey(mark: Mark, tree: ModelTree): string | undefined {
  const { place, text } = mark;
  switch (place.kind) {
    case 'file':
      return translated(own(fileKeys, text)?.doc);
    case 'train':
      return aboutTrainingKey(text);
    case 'let':
      return aboutName(text, tree);
    case 'defines':
      return aboutDefine(text, tree);
    case 'layer':
      return translated(own(commonKeyDocs, text)) ?? aboutLayer(mark, tree);
    case 'arguments': {
      const spec = own(place.of.arguments, text);
      return spec ? titled(text, describeArgument(spec)) : translated(own(commonKeyDocs, text));
    }
    case 'parameters':
      return l10n.t('Parameter `{0}` of {1}.', text, place.layer?.type ?? l10n.t('a layer'));
    case 'inits': {
      const layer = layerRegistry.get(text);
      return layer && describeLayer(layer);
    }
    case 'kinds':
      return aboutKind(place, text);
    default:
      return undefined;
  }
}

function aboutValue(mark: Mark, position: Position, tree: ModelTree): string | undefined {
  const { place, text } = mark;
  switch (place.kind) {
    case 'layer':
      return text === 'none' ? l10n.t('No layer.') : aboutLayer(mark, tree);
    case 'kinds':
      return aboutKind(place, text);
    case 'value':
      return paragraphs(
        aboutFormula(mark, position, tree),
        titled(place.name, describeArgument(place.spec)),
      );
    case 'arguments': {
      const { positional = '', arguments: specs } = place.of;
      const spec = own(specs, positional);
      const shown = spec ? titled(positional, describeArgument(spec)) : '';
      return paragraphs(aboutFormula(mark, position, tree), shown);
    }
    case 'formula':
      return aboutFormula(mark, position, tree);
    case 'path':
      return aboutPath(mark, tree);
    default:
      return undefined;
  }
}

function titled(name: string, text: string): string {
  return paragraphs(`**${name}**`, text);
}

function aboutTrainingKey(key: string): string | undefined {
  const found = own(trainingKeys, key);
  if (found === undefined) return undefined;
  return found.place.kind === 'value' ? describeArgument(found.place.spec) : l10n.t(found.doc);
}

function aboutKind(place: Extract<Place, { readonly kind: 'kinds' }>, name: string) {
  const kind = place.kinds.get(name);
  return kind && titled(name, describeKind(kind));
}

function aboutLayer({ use, text }: Mark, tree: ModelTree): string | undefined {
  const layer = layerRegistry.get(text);
  const items = use ? itemsOf(tree, use.typeRange) : [];
  if (layer) return paragraphs(`**${text}**`, aboutItems(items, tree), describeLayer(layer));
  return items.length === 0
    ? aboutDefine(text, tree)
    : paragraphs(`**${text}**`, aboutItems(items, tree));
}

/** What the layers of one place of the text put out and cost. */
function aboutItems(items: readonly Item[], tree: ModelTree): string {
  const results = items.flatMap(({ path }) => tree.results.get(path) ?? []);
  const [first] = results;
  if (first === undefined) return '';
  const cost = [
    l10n.t('output `{0}`', formatOutput(first)),
    counted.parameters(first.parameters),
    l10n.t('{0} forward per batch', formatFlops(first.flops)),
  ].join(' · ');
  return results.length > 1 ? l10n.t('{0} times, each: {1}', results.length, cost) : cost;
}

function aboutDefine(name: string, tree: ModelTree): string | undefined {
  const uses = [...allItems(tree.items)].filter(({ type }) => type === name);
  const shown = aboutItems(uses, tree);
  return shown === '' ? undefined : paragraphs(l10n.t('**{0}** (a define)', name), shown);
}

function aboutPath({ use, text }: Mark, tree: ModelTree): string | undefined {
  const own = use && itemsOf(tree, use.typeRange)[0];
  const target = own && pathTarget(tree, own.path, text);
  if (target === undefined) return undefined;
  const line = target.range.start.line;
  return paragraphs(
    l10n.t('**{0}** `{1}` on line {2}', target.type, target.path, line),
    aboutItems([target], tree),
  );
}

function aboutName(name: string, { values }: ModelTree): string | undefined {
  const value = values.get(name);
  return value === undefined ? undefined : equation(name, value);
}

/** The value of a formula, and of the name under the pointer. */
function aboutFormula(mark: Mark, position: Position, tree: ModelTree): string {
  if (mark.node.kind !== 'scalar' || typeof mark.node.value !== 'string') return '';
  const formula = mark.node.value;
  const name = wordAt(formula, position.column - mark.range.start.column);
  const ofName = name === formula ? undefined : aboutName(name, tree);
  return paragraphs(ofName ?? '', valueOf(formula, tree) ?? '');
}

function valueOf(formula: string, tree: ModelTree): string | undefined {
  const named = tree.values.get(formula);
  if (named !== undefined) return equation(formula, named);
  try {
    return equation(
      formula,
      evaluate(formula, (name) => tree.values.get(name)),
    );
  } catch (error) {
    if (error instanceof ExpressionProblem) return undefined;
    throw error;
  }
}

function equation(left: string, right: ExpressionValue): string {
  const value = typeof right === 'number' ? Number(right.toPrecision(7)) : right;
  return `\`${left} = ${String(value)}\``;
}

function wordAt(text: string, at: number): string {
  const before = /\w*$/.exec(text.slice(0, Math.max(at, 0)))?.[0] ?? '';
  const after = /^\w*/.exec(text.slice(Math.max(at, 0)))?.[0] ?? '';
  return before + after;
}

function translated(doc: string | undefined): string | undefined {
  return doc === undefined ? undefined : l10n.t(doc);
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
