import type { CheckedExpression, Names } from './check.ts';
import { functions } from './functions.ts';
import { slice } from './slice.ts';
import type {
  ArithmeticOperator,
  BinaryOperator,
  ComparisonOperator,
  Expression,
} from './syntax.ts';
import { combine, map, type Tensor, type Value } from './values.ts';

/** Statistics of a tap that are known without its elements. */
export type KnownStatistic = 'mean' | 'var';

/** The values of names. */
export interface Scope extends Names {
  valueOf(name: string): Value;
  /** A statistic of a tap that is defined apart from its elements, as that of a norm's input; else undefined. */
  statistic(name: string, statistic: KnownStatistic): number | undefined;
}

/** A name that an expression uses, and the statistic that is all it wants of it, where that is so. */
export interface UsedName {
  readonly name: string;
  readonly statistic: KnownStatistic | undefined;
}

const knownStatistics: Readonly<Record<string, KnownStatistic>> = {
  mean: 'mean',
  var: 'var',
  std: 'var',
};

/** The value of an expression. Computes in float64. */
export function evaluate({ root }: CheckedExpression, scope: Scope): Value {
  return valueOf(root, scope);
}

/**
 * What an expression is computed from: where every name is a number, or wanted as a mean or variance that each step yields
 * anyway, it can be evaluated at full speed.
 */
export function scalarTapsOf({ root }: CheckedExpression): readonly UsedName[] {
  switch (root.kind) {
    case 'number':
      return [];
    case 'name':
      return [{ name: root.name, statistic: undefined }];
    case 'call': {
      const reduced = reducedName(root);
      return reduced ? [reduced] : root.arguments.flatMap((argument) => within(argument));
    }
    case 'unary':
      return within(root.operand);
    case 'binary':
      return [...within(root.left), ...within(root.right)];
    case 'index':
      return within(root.of);
  }
}

function within(root: Expression): readonly UsedName[] {
  return scalarTapsOf({ root, type: { kind: 'number' } });
}

/** `var(in)`: a statistic of a name alone. */
function reducedName(call: Extract<Expression, { kind: 'call' }>): UsedName | undefined {
  const [argument] = call.arguments;
  const statistic = Object.hasOwn(knownStatistics, call.name)
    ? knownStatistics[call.name]
    : undefined;
  if (statistic === undefined || argument?.kind !== 'name') return undefined;
  return { name: argument.name, statistic };
}

function valueOf(node: Expression, scope: Scope): Value {
  switch (node.kind) {
    case 'number':
      return node.value;
    case 'name':
      return scope.valueOf(node.name);
    case 'unary': {
      const operand = valueOf(node.operand, scope);
      if (node.operator === 'not') return operand !== true;
      return typeof operand === 'object' ? map(operand, (x) => -x) : -Number(operand);
    }
    case 'binary':
      return binary(node.operator, node.left, node.right, scope);
    case 'call':
      return call(node, scope);
    case 'index':
      return slice(valueOf(node.of, scope) as Tensor, node.axes, node.at);
  }
}

function call(node: Extract<Expression, { kind: 'call' }>, scope: Scope): Value {
  const reduced = reducedName(node);
  if (reduced?.statistic) {
    const known = scope.statistic(reduced.name, reduced.statistic);
    if (known !== undefined) return node.name === 'std' ? Math.sqrt(known) : known;
  }
  const values = node.arguments.map((argument) => valueOf(argument, scope));
  return functions.get(node.name)!.apply(values);
}

function binary(
  operator: BinaryOperator,
  left: Expression,
  right: Expression,
  scope: Scope,
): Value {
  const a = valueOf(left, scope);
  if (operator === 'and') return a === true && valueOf(right, scope) === true;
  if (operator === 'or') return a === true || valueOf(right, scope) === true;
  const b = valueOf(right, scope);
  if (typeof a === 'object' || typeof b === 'object') {
    return combine(asTensor(a), asTensor(b), arithmetic[operator as ArithmeticOperator]);
  }
  const [x, y] = [Number(a), Number(b)];
  return Object.hasOwn(comparisons, operator)
    ? comparisons[operator as ComparisonOperator](x, y)
    : arithmetic[operator as ArithmeticOperator](x, y);
}

function asTensor(value: Value): Tensor {
  return typeof value === 'object' ? value : { shape: [], data: [Number(value)] };
}

const arithmetic: Readonly<Record<ArithmeticOperator, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  // Python's remainder: it has the sign of the divisor.
  '%': (a, b) => a - b * Math.floor(a / b),
  '**': (a, b) => a ** b,
};

const comparisons: Readonly<Record<ComparisonOperator, (a: number, b: number) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
};
