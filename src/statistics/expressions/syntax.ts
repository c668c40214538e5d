import * as l10n from '@vscode/l10n';
import { NormscopeError } from '../../base/errors.ts';

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '**';
export type ComparisonOperator = '<' | '<=' | '>' | '>=' | '==' | '!=';
export type LogicalOperator = 'and' | 'or';
export type BinaryOperator = ArithmeticOperator | ComparisonOperator | LogicalOperator;

/** One axis of an index: a position, counted from the end when negative, or a range as in Python (`:`, `2:`, `:-1`). */
export type AxisIndex =
  | { readonly kind: 'position'; readonly position: number }
  | {
      readonly kind: 'range';
      readonly start: number | undefined;
      readonly end: number | undefined;
    };

/** A parsed expression; `at` is the position in the text, from 0. */
export type Expression =
  | { readonly kind: 'number'; readonly value: number; readonly at: number }
  | { readonly kind: 'name'; readonly name: string; readonly at: number }
  | {
      readonly kind: 'unary';
      readonly operator: '-' | 'not';
      readonly operand: Expression;
      readonly at: number;
    }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
      readonly at: number;
    }
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly arguments: readonly Expression[];
      readonly at: number;
    }
  | {
      readonly kind: 'index';
      readonly of: Expression;
      readonly axes: readonly AxisIndex[];
      readonly at: number;
    };

/** An expression that cannot be understood; the message names what is allowed there. Code `bad-expression`. */
export class ExpressionError extends NormscopeError {
  /** Where in the text, from 0. */
  readonly position: number;

  constructor(message: string, position: number) {
    super('input', 'bad-expression', l10n.t('{0} (character {1})', message, position + 1));
    this.name = 'ExpressionError';
    this.position = position;
  }
}
