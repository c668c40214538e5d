import * as l10n from '@vscode/l10n';
import { ExpressionError } from './syntax.ts';

export interface Token {
  readonly kind: 'number' | 'name' | 'sign' | 'end';
  readonly text: string;
  readonly at: number;
}

const prefix = '(?:(?:grad|param|buffer|update|mean|var|optimizer:\\w+):)*';
const word = '[A-Za-z_]\\w*';
/** Paths may begin with a number: the fifth layer of a model is `4`. */
const path = `(?:\\d+\\.)*${prefix}${word}(?:\\.${prefix}\\w+)*`;
const number = '(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?';
const sign = '\\*\\*|<=|>=|==|!=|&&|\\|\\||[-+*/%(),<>!:\\[\\]]';
const tokenPattern = new RegExp(`\\s*(?:\`([^\`]*)\`|(${path})|(${number})|(${sign}))`, 'y');

/** Splits a text into tokens, an `end` token last. Throws `ExpressionError`. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  tokenPattern.lastIndex = 0;
  let end = 0;
  while (end < text.length) {
    const match = tokenPattern.exec(text);
    if (!match) break;
    end = tokenPattern.lastIndex;
    const [, quoted, name, digits, mark] = match;
    const found = quoted ?? name ?? digits ?? mark ?? '';
    const at = end - found.length - (quoted === undefined ? 0 : 1);
    const kind = digits !== undefined ? 'number' : mark !== undefined ? 'sign' : 'name';
    tokens.push({ kind, text: found, at });
  }
  const rest = text.slice(end);
  if (rest.trim() !== '') {
    const at = end + rest.length - rest.trimStart().length;
    throw new ExpressionError(l10n.t("'{0}' has no meaning here", text[at] ?? ''), at);
  }
  tokens.push({ kind: 'end', text: '', at: text.length });
  return tokens;
}
