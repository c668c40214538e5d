import * as l10n from '@vscode/l10n';
/** What a name of an expression may stand for. */
export type ExpressionValue = number | string | boolean;

/** Why an expression has no value; `code` is a diagnostic code. */
export class ExpressionProblem extends Error {
  readonly code: 'bad-expression' | 'unknown-name' | 'circular-let';
  /** The unknown name, for `unknown-name`. */
  readonly word: string;

  constructor(code: ExpressionProblem['code'], message: string, word = '') {
    super(message);
    this.name = 'ExpressionProblem';
    this.code = code;
    this.word = word;
  }
}

/** Looks a name up; undefined when there is none. */
export type Lookup = (name: string) => ExpressionValue | undefined;

const functions = new Map<string, { readonly count: number; apply(...values: number[]): number }>([
  ['sqrt', { count: 1, apply: Math.sqrt }],
  ['floor', { count: 1, apply: Math.floor }],
  ['ceil', { count: 1, apply: Math.ceil }],
  ['log', { count: 1, apply: Math.log }],
  ['min', { count: Infinity, apply: Math.min }],
  ['max', { count: Infinity, apply: Math.max }],
]);

/** Names of the functions that expressions may call. */
export const functionNames: readonly string[] = [...functions.keys()];

const operators: Readonly<Record<string, { power: number; apply(a: number, b: number): number }>> =
  {
    '+': { power: 1, apply: (a, b) => a + b },
    '-': { power: 1, apply: (a, b) => a - b },
    '*': { power: 2, apply: (a, b) => a * b },
    '/': { power: 2, apply: (a, b) => a / b },
    // Python's remainder: it has the sign of the divisor.
    '%': { power: 2, apply: (a, b) => a - b * Math.floor(a / b) },
  };
const signPower = 3;
const maximumDepth = 50;
const tokenPattern =
  /\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|(\*\*|[-+*/%(),]))/y;

/** True for a text that is a single name and no formula. */
export function isWord(text: string): boolean {
  return /^[A-Za-z_][\w.-]*$/.test(text);
}

/**
 * The value of an arithmetic expression with Python's precedence: `+ - * / % **`, parentheses, sqrt, floor, ceil, log, min and
 * max over numbers and the names that `lookup` knows. Throws `ExpressionProblem`.
 */
export function evaluate(text: string, lookup: Lookup): number {
  return new Evaluator(text, lookup).run();
}

interface Token {
  readonly kind: 'number' | 'name' | 'sign' | 'end';
  readonly text: string;
}

class Evaluator {
  private readonly tokens: readonly Token[];
  private readonly lookup: Lookup;
  private readonly text: string;
  private at = 0;
  private depth = 0;

  constructor(text: string, lookup: Lookup) {
    this.text = text;
    this.tokens = tokenize(text);
    this.lookup = lookup;
  }

  run(): number {
    const value = this.sum(0);
    if (this.next().kind !== 'end') throw this.unexpected();
    if (!Number.isFinite(value)) {
      throw new ExpressionProblem('bad-expression', l10n.t("'{0}' has no finite value", this.text));
    }
    return value;
  }

  /** Pratt's scheme: an operand, then operators that bind tighter than `power`. */
  private sum(power: number): number {
    if (++this.depth > maximumDepth) {
      throw new ExpressionProblem('bad-expression', l10n.t('the expression is nested too deeply'));
    }
    let left = this.operand();
    for (;;) {
      const operator = Object.hasOwn(operators, this.next().text)
        ? operators[this.next().text]
        : undefined;
      if (operator === undefined || this.next().kind !== 'sign' || operator.power <= power) break;
      this.at++;
      left = operator.apply(left, this.sum(operator.power));
    }
    this.depth--;
    return left;
  }

  private operand(): number {
    const token = this.next();
    if (token.text === '-' || token.text === '+') {
      this.at++;
      const value = this.sum(signPower - 1);
      return token.text === '-' ? -value : value;
    }
    const base = this.atom();
    if (this.next().text !== '**') return base;
    this.at++;
    // Right-associative, and the exponent may have a sign: 2 ** -1.
    return base ** this.power();
  }

  private power(): number {
    if (++this.depth > maximumDepth) {
      throw new ExpressionProblem('bad-expression', l10n.t('the expression is nested too deeply'));
    }
    const value = this.operand();
    this.depth--;
    return value;
  }

  private atom(): number {
    const token = this.next();
    if (token.kind === 'number') {
      this.at++;
      return Number(token.text);
    }
    if (token.kind === 'name') {
      this.at++;
      return this.next().text === '(' ? this.call(token.text) : this.name(token.text);
    }
    if (token.text !== '(') throw this.unexpected();
    this.at++;
    const value = this.sum(0);
    this.expect(')');
    return value;
  }

  private call(name: string): number {
    const called = functions.get(name);
    if (called === undefined) {
      const unknown = l10n.t("there is no function '{0}'", name);
      const message = l10n.t('{0}; there are {1}', unknown, functionNames.join(', '));
      throw new ExpressionProblem('bad-expression', message);
    }
    this.expect('(');
    const values = [this.sum(0)];
    while (this.next().text === ',') {
      this.at++;
      values.push(this.sum(0));
    }
    this.expect(')');
    if (values.length > called.count) {
      throw new ExpressionProblem('bad-expression', l10n.t('{0} takes one value', name));
    }
    return called.apply(...values);
  }

  private name(name: string): number {
    const value = this.lookup(name);
    if (value === undefined) {
      throw new ExpressionProblem(
        'unknown-name',
        l10n.t("there is no value named '{0}'", name),
        name,
      );
    }
    if (typeof value !== 'number') {
      throw new ExpressionProblem(
        'bad-expression',
        l10n.t("{0} is '{1}', not a number", name, String(value)),
      );
    }
    return value;
  }

  private next(): Token {
    return this.tokens[this.at] ?? { kind: 'end', text: '' };
  }

  private expect(sign: string): void {
    if (this.next().text !== sign) throw this.unexpected(sign);
    this.at++;
  }

  /** Says what is not expected, and which sign is, where only one can be. */
  private unexpected(sign?: string): ExpressionProblem {
    const found = this.next().kind === 'end' ? l10n.t('the end') : `'${this.next().text}'`;
    const problem = l10n.t("unexpected {0} in '{1}'", found, this.text);
    const message = sign === undefined ? problem : l10n.t("{0}; '{1}' belongs here", problem, sign);
    return new ExpressionProblem('bad-expression', message);
  }
}

function tokenize(text: string): readonly Token[] {
  if (text.length > 500) {
    throw new ExpressionProblem(
      'bad-expression',
      l10n.t('the expression is longer than 500 characters'),
    );
  }
  const trimmed = text.trimEnd();
  const tokens: Token[] = [];
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < trimmed.length) {
    const from = tokenPattern.lastIndex;
    const match = tokenPattern.exec(trimmed);
    if (match === null) {
      const rest = trimmed.slice(from).trimStart();
      throw new ExpressionProblem(
        'bad-expression',
        l10n.t("'{0}' is neither a number, a name nor an operator", rest.slice(0, 12)),
      );
    }
    const [, number, name, sign] = match;
    if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else tokens.push({ kind: 'sign', text: sign ?? '' });
  }
  return tokens;
}
