import * as l10n from '@vscode/l10n';
import { nearestFix } from '../syntax/nearest.ts';
import { describeNode, type SyntaxNode } from '../syntax/tree.ts';
import type { Reader } from './reader.ts';

/** What kind of value an argument takes: for documentation, schema and completion. */
export type ArgumentKind =
  | { readonly type: 'integer'; readonly min: number; readonly max: number }
  | {
      readonly type: 'number';
      readonly min: number;
      readonly max: number;
      /** Whether `min` and `max` themselves are allowed. */
      readonly includes: 'both' | 'min' | 'max' | 'none';
    }
  | {
      readonly type: 'numberOrWord';
      readonly min: number;
      readonly max: number;
      readonly includes: 'both' | 'min' | 'max' | 'none';
      /** What may stand in place of a number. */
      readonly words: readonly string[];
    }
  | { readonly type: 'flag' }
  | { readonly type: 'choice'; readonly options: readonly string[] }
  /** `nullable`: those of a list may be null. */
  | { readonly type: 'integers'; readonly min: number; readonly nullable?: true }
  /** A list of numbers, of any length where no `count` is said. */
  | { readonly type: 'numbers'; readonly count?: number }
  | { readonly type: 'text' }
  | { readonly type: 'texts' }
  | { readonly type: 'reference' }
  | { readonly type: 'references' }
  /** One layer of a category, e.g. the norm of a residual. */
  | { readonly type: 'layer'; readonly category: 'norm' | 'activation' }
  /** A list of layers. */
  | { readonly type: 'layers' };

/** What an argument is when it is not given. */
export type Fallback =
  | { readonly kind: 'required' }
  /** Absent; `meaning` says in words what happens then. */
  | { readonly kind: 'absent'; readonly meaning: string }
  | { readonly kind: 'value'; readonly value: number | boolean | string | readonly number[] }
  /** The value of a name known from the data. */
  | { readonly kind: 'name'; readonly name: string };

/** One argument of a layer, loss, optimizer or data source. */
export interface ArgumentSpec<T = unknown> {
  readonly kind: ArgumentKind;
  /** One sentence for hover and reference. */
  readonly doc: string;
  readonly fallback: Fallback;
  /** The value, or undefined after a report. */
  readonly read: (node: SyntaxNode, reader: Reader, what: string) => T | undefined;
}

export type ArgumentSpecs = Readonly<Record<string, ArgumentSpec>>;

/** The values that `lower` gets, by the arguments' specs. */
export type ValuesOf<A extends ArgumentSpecs> = {
  readonly [Name in keyof A]: A[Name] extends ArgumentSpec<infer T> ? T : never;
};

/** The positional argument is one of the arguments. */
export interface WithPositional<A extends ArgumentSpecs> {
  readonly positional?: keyof A & string;
}

/** A place that is referred to by path, and where the text does so. */
export interface Reference {
  readonly path: string;
  readonly node: SyntaxNode;
}

const required: Fallback = { kind: 'required' };
const largestInteger = 1e9;

/** Largest sizes are bounded so that products of a few of them stay exact. */
export function integer(
  doc: string,
  options: { readonly min?: number; readonly max?: number; readonly fallback?: Fallback } = {},
): ArgumentSpec<number> {
  const { min = 1, max = largestInteger, fallback = required } = options;
  return {
    kind: { type: 'integer', min, max },
    doc,
    fallback,
    read: (node, reader, what) => readInteger(node, reader, what, min, max),
  };
}

/** A number of features: small enough that a vector of that size can be made while checking. */
export function featureSize(doc: string): ArgumentSpec<number> {
  return integer(doc, { max: 2 ** 24 });
}

function readInteger(
  node: SyntaxNode,
  reader: Reader,
  what: string,
  min: number,
  max: number,
): number | undefined {
  const value = reader.number(node, what);
  if (value === undefined) return undefined;
  if (!Number.isInteger(value)) {
    const message = l10n.t('{0} must be a whole number, not {1}', what, showValue(node, value));
    reader.report('bad-value', message, node.range);
    return undefined;
  }
  if (value < min || value > max) {
    const range =
      max === largestInteger
        ? l10n.t('at least {0}', min)
        : l10n.t('between {0} and {1}', min, max);
    const message = l10n.t('{0} must be {1}, not {2}', what, range, showValue(node, value));
    reader.report('bad-value', message, node.range);
    return undefined;
  }
  return value;
}

/** `8`, or `16 / 3, which is 5.333`. */
function showValue(node: SyntaxNode, value: number): string {
  const number = String(Number(value.toPrecision(6)));
  const isFormula = node.kind === 'scalar' && typeof node.value === 'string';
  return isFormula ? l10n.t('{0}, which is {1}', node.value, number) : number;
}

export interface NumberOptions {
  readonly min?: number;
  readonly max?: number;
  /** Whether `min` and `max` themselves are allowed; both by default. */
  readonly includes?: 'both' | 'min' | 'max' | 'none';
  readonly fallback?: Fallback;
}

export function number(doc: string, options: NumberOptions = {}): ArgumentSpec<number> {
  const { min = -Infinity, max = Infinity, includes = 'both', fallback = required } = options;
  return {
    kind: { type: 'number', min, max, includes },
    doc,
    fallback,
    read: (node, reader, what) => {
      const value = reader.number(node, what);
      if (value === undefined) return undefined;
      const low = includes === 'both' || includes === 'min' ? value >= min : value > min;
      const high = includes === 'both' || includes === 'max' ? value <= max : value < max;
      if (low && high) return value;
      const range = describeRange(min, max, includes);
      const message = l10n.t('{0} must be {1}, not {2}', what, range, showValue(node, value));
      reader.report('bad-value', message, node.range);
      return undefined;
    },
  };
}

/** `in [0, 1)`, `> 0`, `>= 0`. */
export function describeRange(
  min: number,
  max: number,
  includes: 'both' | 'min' | 'max' | 'none',
): string {
  const low = includes === 'both' || includes === 'min';
  const high = includes === 'both' || includes === 'max';
  if (max === Infinity)
    return min === -Infinity ? l10n.t('any number') : `${low ? '>=' : '>'} ${min}`;
  return l10n.t('in {0}{1}, {2}{3}', low ? '[' : '(', min, max, high ? ']' : ')');
}

export function flag(doc: string, fallback: boolean): ArgumentSpec<boolean> {
  return {
    kind: { type: 'flag' },
    doc,
    fallback: { kind: 'value', value: fallback },
    read: (node, reader, what) => {
      const value = reader.word(node, () => false);
      if (typeof value === 'boolean') return value;
      const message = l10n.t('{0} is true or false, not {1}', what, describeNode(node));
      reader.report('wrong-kind', message, node.range);
      return undefined;
    },
  };
}

export function choice<const Option extends string>(
  doc: string,
  options: readonly Option[],
  fallback: Option | undefined,
): ArgumentSpec<Option> {
  return {
    kind: { type: 'choice', options },
    doc,
    fallback: fallback === undefined ? required : { kind: 'value', value: fallback },
    read: (node, reader, what) => {
      const word = reader.word(node, (text) => options.some((option) => option === text));
      const found = options.find((option) => option === String(word));
      if (found !== undefined) return found;
      const message = l10n.t(
        '{0} is one of {1}, not {2}',
        what,
        options.join(', '),
        describeNode(node),
      );
      const fixes = typeof word === 'string' ? nearestFix(word, options, node.range) : [];
      reader.report('bad-value', message, node.range, fixes);
      return undefined;
    },
  };
}

/** One integer or a list of them. */
export function integers(
  doc: string,
  options: { readonly min?: number; readonly fallback?: Fallback } = {},
): ArgumentSpec<readonly number[]> {
  const { min = -largestInteger, fallback = required } = options;
  return {
    kind: { type: 'integers', min },
    doc,
    fallback,
    read: (node, reader, what) => {
      const nodes = node.kind === 'list' ? node.items : [node];
      const values = nodes.map((item) => readInteger(item, reader, what, min, largestInteger));
      return values.every((value) => value !== undefined) ? values : undefined;
    },
  };
}

/** A list of exactly `count` numbers, each in [min, max). */
export function numbers(
  doc: string,
  options: {
    readonly count: number;
    readonly min: number;
    readonly max: number;
    readonly fallback: Fallback;
  },
): ArgumentSpec<readonly number[]> {
  const { count, min, max, fallback } = options;
  return {
    kind: { type: 'numbers', count },
    doc,
    fallback,
    read: (node, reader, what) => {
      if (node.kind !== 'list' || node.items.length !== count) {
        const message = l10n.t(
          '{0} is a list of {1} numbers, not {2}',
          what,
          count,
          describeNode(node),
        );
        reader.report('wrong-kind', message, node.range);
        return undefined;
      }
      const one = number(doc, { min, max, includes: 'min' });
      const values = node.items.map((item) => one.read(item, reader, what));
      return values.every((value) => value !== undefined) ? values : undefined;
    },
  };
}

/** One number or a list of them, each `> above` where that is said. */
export function numberList(doc: string, above = -Infinity): ArgumentSpec<readonly number[]> {
  const one = number(doc, { min: above, includes: 'none' });
  return {
    kind: { type: 'numbers' },
    doc,
    fallback: required,
    read: (node, reader, what) => {
      const nodes = node.kind === 'list' ? node.items : [node];
      const values = nodes.map((item) => one.read(item, reader, what));
      return values.every((value) => value !== undefined) ? values : undefined;
    },
  };
}

/** A text that is not empty, e.g. a file name. */
export function text(doc: string): ArgumentSpec<string> {
  return {
    kind: { type: 'text' },
    doc,
    fallback: required,
    read: (node, reader, what) => {
      if (node.kind === 'scalar' && node.value !== null && String(node.value) !== '') {
        return String(node.value);
      }
      reader.report(
        'wrong-kind',
        l10n.t('{0} is a text, not {1}', what, describeNode(node)),
        node.range,
      );
      return undefined;
    },
  };
}

/** A text or a list of them; none when left out. */
export function texts(doc: string): ArgumentSpec<readonly string[]> {
  const one = text(doc);
  return {
    kind: { type: 'texts' },
    doc,
    fallback: { kind: 'value', value: [] },
    read: (node, reader, what) => {
      const nodes = node.kind === 'list' ? node.items : [node];
      const values = nodes.map((item) => one.read(item, reader, what));
      return values.every((value) => value !== undefined) ? values : undefined;
    },
  };
}

/** The path of one layer. */
export function reference(doc: string): ArgumentSpec<Reference> {
  return { kind: { type: 'reference' }, doc, fallback: required, read: readReference };
}

/** The paths of two or more layers. */
export function references(doc: string): ArgumentSpec<readonly Reference[]> {
  return {
    kind: { type: 'references' },
    doc,
    fallback: required,
    read: (node, reader, what) => {
      if (node.kind !== 'list' || node.items.length < 2) {
        const message = l10n.t(
          '{0} is a list of two or more paths, e.g. [a, b], not {1}',
          what,
          describeNode(node),
        );
        reader.report('wrong-kind', message, node.range);
        return undefined;
      }
      const found = node.items.map((item) => readReference(item, reader, what));
      return found.every((item) => item !== undefined) ? found : undefined;
    },
  };
}

/** Reads the path of a layer; a number is the name of an anonymous layer. */
export function readReference(
  node: SyntaxNode,
  reader: Reader,
  what: string,
): Reference | undefined {
  if (
    node.kind === 'scalar' &&
    (typeof node.value === 'string' || typeof node.value === 'number')
  ) {
    return { path: node.text, node };
  }
  const message = l10n.t('{0} is the path of a layer, not {1}', what, describeNode(node));
  reader.report('wrong-kind', message, node.range);
  return undefined;
}

/** A layer of a category, with arguments or without; `none` is undefined. */
export function layerOf(
  category: 'norm' | 'activation',
  doc: string,
): ArgumentSpec<SyntaxNode | undefined> {
  return {
    kind: { type: 'layer', category },
    doc,
    fallback: { kind: 'absent', meaning: 'none' },
    read: (node, reader, what) => {
      if (node.kind === 'map') return node;
      const word = reader.word(node, () => false);
      if (word === 'none') return undefined;
      if (typeof word === 'string') {
        return { kind: 'scalar', value: word, text: word, range: node.range };
      }
      const message = l10n.t(
        '{0} is one {1} layer or none, not {2}',
        what,
        l10n.t(category),
        describeNode(node),
      );
      reader.report('wrong-kind', message, node.range);
      return undefined;
    },
  };
}

/** A list of layers; a single layer counts as a list of one. */
export function layers(doc: string): ArgumentSpec<SyntaxNode> {
  return {
    kind: { type: 'layers' },
    doc,
    fallback: required,
    read: (node) => node,
  };
}

/** Shorthands for `fallback`. */
export function defaultValue(value: number | boolean | string | readonly number[]): Fallback {
  return { kind: 'value', value };
}

/** The same argument, but it may be left out; `meaning` says what happens then. */
export function optional<T>(spec: ArgumentSpec<T>, meaning: string): ArgumentSpec<T | undefined> {
  return { ...spec, fallback: { kind: 'absent', meaning } };
}

export function fromData(name: string): Fallback {
  return { kind: 'name', name };
}
