import * as l10n from '@vscode/l10n';
import { ExpressionError } from '../../statistics/expressions/syntax.ts';

/** Whether the `count`-th time (from 1) counts. */
export type HitCondition = (count: number) => boolean;

/** `5` (the fifth time only), `>= 3`, `< 3`, `% 10` (each tenth time). Throws `ExpressionError`. */
export function hitCondition(text: string | undefined): HitCondition {
  const trimmed = text?.trim() ?? '';
  if (trimmed === '') return () => true;
  const [, operator = '', digits = ''] = /^(<=|>=|==|=|<|>|%)?\s*(\d+)$/.exec(trimmed) ?? [];
  const wanted = Number(digits);
  if (digits === '' || (operator === '%' && wanted === 0)) {
    throw new ExpressionError(l10n.t("a hit count is 5, >= 3 or % 10, not '{0}'", trimmed), 0);
  }
  switch (operator) {
    case '<':
      return (count) => count < wanted;
    case '<=':
      return (count) => count <= wanted;
    case '>':
      return (count) => count > wanted;
    case '>=':
      return (count) => count >= wanted;
    case '%':
      return (count) => count % wanted === 0;
    default:
      return (count) => count === wanted;
  }
}
