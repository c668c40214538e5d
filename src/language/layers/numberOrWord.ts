import * as l10n from '@vscode/l10n';
import { anyOf } from '../../base/lists.ts';
import { isWord } from '../syntax/expressions.ts';
import { number, type ArgumentSpec, type NumberOptions } from './arguments.ts';

/** A number, or one of a few words that stand for something else, e.g. `scale: learned`; `null` counts as a word. */
export function numberOrWord<const Word extends string>(
  doc: string,
  words: readonly Word[],
  options: NumberOptions = {},
): ArgumentSpec<number | Word> {
  const numeric = number(doc, options);
  const { min = -Infinity, max = Infinity, includes = 'both' } = options;
  return {
    kind: { type: 'numberOrWord', min, max, includes, words },
    doc,
    fallback: numeric.fallback,
    read: (node, reader, what) => {
      const problems = reader.problemCount;
      const isNull = node.kind === 'scalar' && node.value === null;
      const text = isNull ? node.text : reader.word(node, (word) => isOneOf(words, word));
      const found = words.find((word) => word === text);
      if (found !== undefined) return found;
      if (reader.problemCount > problems) return undefined;
      if (typeof text !== 'string' || !isWord(text) || reader.names.get(text) !== undefined) {
        return numeric.read(node, reader, what);
      }
      const known = anyOf([l10n.t('a number'), ...words]);
      const message = l10n.t("{0} is {1}, not '{2}'", what, known, text);
      reader.report('bad-value', message, node.range);
      return undefined;
    },
  };
}

function isOneOf(words: readonly string[], text: string): boolean {
  return words.includes(text);
}
