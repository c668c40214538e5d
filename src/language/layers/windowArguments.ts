import * as l10n from '@vscode/l10n';
import type { Pair } from '../../compiler/ops/windows.ts';
import { integer, integers, type ArgumentSpec, type Fallback } from './arguments.ts';

/** A number for all axes of a picture, or one for each. */
export type Sizes = number | readonly number[];

/** What PyTorch takes as an int or a tuple: a number for all axes, or a list with one for each of `axes` axes. */
export function sizes(
  doc: string,
  options: { readonly axes: 1 | 2; readonly min: number; readonly fallback?: Fallback },
): ArgumentSpec<Sizes> {
  const { axes, ...limits } = options;
  const several = integers(doc, limits);
  return {
    ...several,
    read: (node, reader, what) => {
      const values = several.read(node, reader, what);
      if (values === undefined || node.kind !== 'list') return values?.[0];
      if (values.length === axes) return values;
      const wanted =
        axes === 1 ? l10n.t('one number') : l10n.t('one number, or a list of {0}', axes);
      reader.report(
        'wrong-kind',
        l10n.t('{0} is {1}, not {2}', what, wanted, values.length),
        node.range,
      );
      return undefined;
    },
  };
}

/** Height and width, each at least 1; null, PyTorch's None, for that of the input. */
export function sizesOrNull(doc: string): ArgumentSpec<readonly (number | null)[]> {
  const one = integer(doc);
  return {
    kind: { type: 'integers', min: 1, nullable: true },
    doc,
    fallback: one.fallback,
    read: (node, reader, what) => {
      const nodes = node.kind === 'list' ? node.items : [node, node];
      if (nodes.length !== 2) {
        const message = l10n.t(
          '{0} is one number, or a list of {1}, not {2}',
          what,
          2,
          nodes.length,
        );
        reader.report('wrong-kind', message, node.range);
        return undefined;
      }
      const values = nodes.map((item) =>
        item.kind === 'scalar' && item.value === null ? null : one.read(item, reader, what),
      );
      return values.every((value) => value !== undefined) ? values : undefined;
    },
  };
}

/** The same, or one of PyTorch's words for it. */
export function sizesOrWord<const Word extends string>(
  doc: string,
  words: readonly Word[],
  options: Parameters<typeof sizes>[1],
): ArgumentSpec<Sizes | Word> {
  const numbers = sizes(doc, options);
  return {
    ...numbers,
    read: (node, reader, what) => {
      const word = reader.word(node, (text) => words.some((one) => one === text));
      return words.find((one) => one === word) ?? numbers.read(node, reader, what);
    },
  };
}

/** Height and width; a picture of one axis is one pixel high, where `neutral` says nothing. */
export function pairOf(values: Sizes, axes: 1 | 2, neutral: number): Pair {
  const [first = neutral, second = first] = typeof values === 'number' ? [values] : values;
  return axes === 1 ? [neutral, first] : [first, second];
}
