import { NormscopeError } from '../../base/errors.ts';
import type { Attributes, DType, TensorType } from '../graph/types.ts';

function badAttribute(name: string, wanted: string): NormscopeError {
  return new NormscopeError('internal', 'bad-attribute', `attribute '${name}' must be ${wanted}`);
}

/** A number attribute; `fallback` when it is absent. */
export function numberAttribute(attributes: Attributes, name: string, fallback?: number): number {
  const value = attributes[name] ?? fallback;
  if (typeof value !== 'number') throw badAttribute(name, 'a number');
  return value;
}

/** A list attribute; must be present. */
export function listAttribute(attributes: Attributes, name: string): readonly number[] {
  const value = attributes[name];
  if (typeof value !== 'object') throw badAttribute(name, 'a list of numbers');
  return value;
}

/** A text attribute; `fallback` when it is absent. */
export function textAttribute(attributes: Attributes, name: string, fallback: string): string {
  const value = attributes[name] ?? fallback;
  if (typeof value !== 'string') throw badAttribute(name, 'a text');
  return value;
}

/** The input at `index`, which the op cannot do without. */
export function requiredInput<T extends TensorType>(inputs: readonly T[], index: number): T {
  const input = inputs[index];
  if (input === undefined) {
    throw new NormscopeError('internal', 'missing-input', `input ${String(index)} is missing`);
  }
  return input;
}

/** The one element type of these inputs; throws `type-mismatch` when they differ. */
export function commonType(inputs: readonly TensorType[]): DType {
  const { dtype } = requiredInput(inputs, 0);
  for (const input of inputs) requireType(input, dtype);
  return dtype;
}

/** Throws `type-mismatch` unless the input has one of these element types. */
export function requireType(input: TensorType, ...allowed: readonly DType[]): void {
  if (allowed.includes(input.dtype)) return;
  const message = `an operand has type ${input.dtype}, not ${allowed.join(' or ')}`;
  throw new NormscopeError('internal', 'type-mismatch', message);
}
