import * as l10n from '@vscode/l10n';
import { functions, reductionNames } from './functions.ts';
import { sliceShape } from './slice.ts';
import { ExpressionError, type Expression } from './syntax.ts';
import {
  booleanType,
  broadcastShape,
  describeType,
  numberType,
  tensorType,
  type Type,
} from './values.ts';

/** What the names of an expression stand for, without their values. */
export interface Names {
  typeOf(name: string): Type | undefined;
  /** What can be named there, for messages. */
  names(): readonly string[];
}

/** An expression whose names and types are right. */
export interface CheckedExpression {
  readonly root: Expression;
  readonly type: Type;
}

/**
 * Checks names and types, and resolves statistics behind a dot: `in.var` is `var(in)` unless it is a name itself. Throws
 * `ExpressionError`, whose message lists what is available.
 */
export function checkExpression(expression: Expression, names: Names): CheckedExpression {
  const root = resolve(expression, names);
  return { root, type: typeOf(root, names) };
}

function resolve(node: Expression, names: Names): Expression {
  switch (node.kind) {
    case 'number':
      return node;
    case 'name':
      return resolveName(node.name, node.at, names);
    case 'unary':
      return { ...node, operand: resolve(node.operand, names) };
    case 'binary':
      return { ...node, left: resolve(node.left, names), right: resolve(node.right, names) };
    case 'call':
      return { ...node, arguments: node.arguments.map((argument) => resolve(argument, names)) };
    case 'index':
      return { ...node, of: resolve(node.of, names) };
  }
}

function resolveName(name: string, at: number, names: Names): Expression {
  if (names.typeOf(name) !== undefined) return { kind: 'name', name, at };
  const dot = name.lastIndexOf('.');
  const base = name.slice(0, Math.max(dot, 0));
  const last = name.slice(dot + 1);
  if (dot > 0 && reductionNames.includes(last) && names.typeOf(base)?.kind === 'tensor') {
    return { kind: 'call', name: last, arguments: [{ kind: 'name', name: base, at }], at };
  }
  throw new ExpressionError(
    l10n.t("there is no '{0}' here; there is {1}", name, listed(names.names())),
    at,
  );
}

function listed(names: readonly string[]): string {
  const most = 24;
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? l10n.t('{0} and {1} more', shown, names.length - most) : shown;
}

function typeOf(node: Expression, names: Names): Type {
  switch (node.kind) {
    case 'number':
      return numberType;
    case 'name':
      return names.typeOf(node.name) ?? numberType;
    case 'unary':
      return unaryType(node.operator, typeOf(node.operand, names), node.at);
    case 'binary':
      return binaryType(node, typeOf(node.left, names), typeOf(node.right, names));
    case 'call':
      return callType(
        node.name,
        node.arguments.map((argument) => typeOf(argument, names)),
        node.at,
      );
    case 'index': {
      const type = typeOf(node.of, names);
      if (type.kind !== 'tensor') {
        throw new ExpressionError(
          l10n.t('only tensors have indices, and this is {0}', describeType(type)),
          node.at,
        );
      }
      const shape = sliceShape(type.shape, node.axes, node.at);
      return shape.length === 0 ? numberType : tensorType(shape);
    }
  }
}

function unaryType(operator: '-' | 'not', operand: Type, at: number): Type {
  const isRight = (operand.kind === 'boolean') === (operator === 'not');
  if (isRight) return operand;
  throw new ExpressionError(
    l10n.t('{0} cannot be applied to {1}', operator, describeType(operand)),
    at,
  );
}

function binaryType(
  { operator, at }: Extract<Expression, { kind: 'binary' }>,
  left: Type,
  right: Type,
): Type {
  const wrong = (hint: string): ExpressionError =>
    new ExpressionError(
      l10n.t(
        '{0} {1} {2} has no meaning: {3}',
        describeType(left),
        operator,
        describeType(right),
        hint,
      ),
      at,
    );
  if (operator === 'and' || operator === 'or') {
    if (left.kind === 'boolean' && right.kind === 'boolean') return booleanType;
    throw wrong(l10n.t('both sides must be comparisons'));
  }
  const isComparison = /^[<>=!]/.test(operator);
  if (isComparison) {
    if (left.kind === 'number' && right.kind === 'number') return booleanType;
    throw wrong(l10n.t('numbers are compared; reduce a tensor first, e.g. with max(abs(x))'));
  }
  if (left.kind === 'boolean' || right.kind === 'boolean')
    throw wrong(l10n.t('this computes with numbers'));
  if (left.kind === 'number' && right.kind === 'number') return numberType;
  const shape = broadcastShape(
    left.kind === 'tensor' ? left.shape : [],
    right.kind === 'tensor' ? right.shape : [],
  );
  if (shape === undefined) throw wrong(l10n.t('the shapes do not fit'));
  return tensorType(shape);
}

function callType(name: string, types: readonly Type[], at: number): Type {
  const definition = functions.get(name);
  if (definition === undefined) {
    const known = [...functions.keys(), 'grad', 'update', 'updateRatio'].join(', ');
    throw new ExpressionError(l10n.t('there is no function {0}; there is {1}', name, known), at);
  }
  const type = definition.type(types);
  if (typeof type !== 'string') return type;
  throw new ExpressionError(type, at);
}
