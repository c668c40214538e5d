import type { Attributes, TensorType } from '../../../src/compiler/graph/types.ts';
import type { OracleTensor } from './tensor.ts';

export type Inputs = readonly OracleTensor[];
export type Types = readonly TensorType[];

/** What one op computes, in doubles, straight from ONNX's description of it. `types` are the outputs' types. */
export type Formula = (
  inputs: Inputs,
  attributes: Attributes,
  types: Types,
) => readonly OracleTensor[];

/** A number attribute. */
export function numberOf(attributes: Attributes, name: string, fallback = 0): number {
  const value = attributes[name] ?? fallback;
  if (typeof value !== 'number') throw new Error(`${name} is no number`);
  return value;
}

/** A list attribute. */
export function listOf(attributes: Attributes, name: string): readonly number[] {
  const value = attributes[name];
  if (typeof value !== 'object') throw new Error(`${name} is no list`);
  return value;
}

/** A boolean as the oracle holds it. */
export function truth(value: boolean): number {
  return value ? 1 : 0;
}
