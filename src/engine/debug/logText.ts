import {
  checkExpression,
  type CheckedExpression,
  type Names,
} from '../../statistics/expressions/check.ts';
import { evaluate, type Scope } from '../../statistics/expressions/evaluate.ts';
import { parseExpression } from '../../statistics/expressions/parse.ts';
import type { Value } from '../../statistics/expressions/values.ts';

/** A piece of a logpoint: text, then an expression. */
export interface LogPart {
  readonly text: string;
  readonly expression: CheckedExpression | undefined;
}

/** Splits `loss {loss} at {var(in)}` at its braces. Throws `ExpressionError`. */
export function parseLog(log: string, names: Names): readonly LogPart[] {
  const parts: LogPart[] = [];
  let end = 0;
  for (const match of log.matchAll(/\{([^{}]*)\}/g)) {
    const expression = checkExpression(parseExpression(match[1]!), names);
    parts.push({ text: log.slice(end, match.index), expression });
    end = match.index + match[0].length;
  }
  parts.push({ text: log.slice(end), expression: undefined });
  return parts;
}

export function formatLog(parts: readonly LogPart[], scope: Scope): string {
  return parts
    .map(
      ({ text, expression }) => text + (expression ? formatValue(evaluate(expression, scope)) : ''),
    )
    .join('');
}

const mostShown = 8;

/** A value as people read it: 6 digits, and the first elements of a tensor. */
export function formatValue(value: Value): string {
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return formatNumber(value);
  const { data, shape, labels } = value;
  const shown = Array.from(
    { length: Math.min(mostShown, data.length) },
    (_, i) => (labels ? `${labels[i] ?? ''} ` : '') + formatNumber(data[i]!),
  );
  const more = data.length > mostShown ? ', ...' : '';
  return `[${shape.join(', ')}] {${shown.join(', ')}${more}}`;
}

function formatNumber(x: number): string {
  return Number.isInteger(x) && Math.abs(x) < 1e15 ? String(x) : String(Number(x.toPrecision(6)));
}
