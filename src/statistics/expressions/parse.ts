import * as l10n from '@vscode/l10n';
import { ExpressionError, type AxisIndex, type BinaryOperator, type Expression } from './syntax.ts';
import { tokenize, type Token } from './tokens.ts';

const powers: Readonly<Record<BinaryOperator, number>> = {
  or: 1,
  and: 2,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  '==': 4,
  '!=': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '%': 6,
  '**': 8,
};
const notPower = 3;
const signPower = 7;
const aliases: Readonly<Record<string, string>> = { '&&': 'and', '||': 'or', '!': 'not' };
/** These look like functions of a tap, and name another tap or number of the same place. */
const nameFunctions = ['grad', 'update', 'updateRatio'];
const maximumDepth = 60;

/**
 * Parses an expression: numbers, names, `f(x, y)`, indices `x[0, :, 5]`, `+ - * / % **`, comparisons, `and or not`, with Python's
 * precedence. Names are words and paths joined by dots; what is no such word stands in `backquotes`. `grad(x)`, `update(w)` and
 * `updateRatio(w)` become the names `grad:x`, `update:w`, `updateRatio:w`. Throws `ExpressionError`.
 */
export function parseExpression(text: string): Expression {
  return new Parser(tokenize(text)).run();
}

class Parser {
  private readonly tokens: readonly Token[];
  private index = 0;
  private depth = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  run(): Expression {
    const expression = this.operation(0);
    if (this.next.kind !== 'end') throw this.unexpected(l10n.t('an operator belongs here'));
    return expression;
  }

  private get next(): Token {
    return this.tokens[this.index]!;
  }

  /** Pratt's scheme: an operand, then operators that bind tighter than `power`. */
  private operation(power: number): Expression {
    if (++this.depth > maximumDepth) {
      throw new ExpressionError(l10n.t('the expression is nested too deeply'), this.next.at);
    }
    let left = this.operand();
    for (;;) {
      const { at } = this.next;
      const operator = this.operator();
      if (operator === undefined || powers[operator] <= power) break;
      this.index++;
      // Powers are right-associative.
      const right = this.operation(operator === '**' ? powers[operator] - 1 : powers[operator]);
      left = { kind: 'binary', operator, left, right, at };
    }
    this.depth--;
    return left;
  }

  private operator(): BinaryOperator | undefined {
    const word = wordOf(this.next);
    return Object.hasOwn(powers, word) ? (word as BinaryOperator) : undefined;
  }

  private operand(): Expression {
    const { at } = this.next;
    const word = wordOf(this.next);
    if (word === '-' || word === '+' || word === 'not') {
      this.index++;
      const operand = this.operation(word === 'not' ? notPower : signPower);
      return word === '+' ? operand : { kind: 'unary', operator: word, operand, at };
    }
    let value = this.atom();
    while (this.next.text === '[') value = this.indexed(value);
    return value;
  }

  private atom(): Expression {
    const token = this.next;
    this.index++;
    if (token.kind === 'number') {
      return { kind: 'number', value: Number(token.text), at: token.at };
    }
    if (token.kind === 'name' && !Object.hasOwn(powers, token.text)) {
      return this.next.text === '(' ? this.call(token) : name(token.text, token.at);
    }
    if (token.text === '(') {
      const inner = this.operation(0);
      this.expect(')');
      return inner;
    }
    this.index--;
    throw this.unexpected(l10n.t('a number, a name, a function or ( belongs here'));
  }

  private call({ text, at }: Token): Expression {
    const values = this.list('(', ')', () => this.operation(0));
    if (!nameFunctions.includes(text)) return { kind: 'call', name: text, arguments: values, at };
    const [value] = values;
    if (values.length === 1 && value?.kind === 'name') return name(`${text}:${value.name}`, at);
    throw new ExpressionError(l10n.t('{0} takes one name, e.g. {0}(weight)', text), at);
  }

  private indexed(of: Expression): Expression {
    const { at } = this.next;
    return { kind: 'index', of, axes: this.list('[', ']', () => this.axis()), at };
  }

  private axis(): AxisIndex {
    const start = this.integer();
    if (this.next.text !== ':') {
      if (start === undefined)
        throw this.unexpected(l10n.t('an index is a whole number or a range like :'));
      return { kind: 'position', position: start };
    }
    this.index++;
    return { kind: 'range', start, end: this.integer() };
  }

  private integer(): number | undefined {
    const isNegative = this.next.text === '-';
    if (isNegative) this.index++;
    const { kind, text, at } = this.next;
    if (kind !== 'number') {
      if (isNegative) throw this.unexpected(l10n.t('an index is a whole number'));
      return undefined;
    }
    this.index++;
    const value = Number(text);
    if (!Number.isSafeInteger(value))
      throw new ExpressionError(l10n.t('an index is a whole number'), at);
    return isNegative ? -value : value;
  }

  private list<T>(open: string, close: string, element: () => T): readonly T[] {
    this.expect(open);
    const found: T[] = [];
    while (this.next.text !== close) {
      if (found.length > 0) this.expect(',');
      found.push(element());
    }
    this.index++;
    return found;
  }

  private expect(text: string): void {
    if (this.next.text !== text) throw this.unexpected(l10n.t('{0} belongs here', text));
    this.index++;
  }

  private unexpected(hint: string): ExpressionError {
    const { kind, text, at } = this.next;
    const what =
      kind === 'end'
        ? l10n.t('the expression ends too early')
        : l10n.t("'{0}' is not expected", text);
    return new ExpressionError(l10n.t('{0}: {1}', what, hint), at);
  }
}

function name(text: string, at: number): Expression {
  return { kind: 'name', name: text, at };
}

function wordOf({ kind, text }: Token): string {
  if (kind === 'sign') return aliases[text] ?? text;
  return kind === 'name' ? text : '';
}
