import type { Attributes, Shape } from '../../../src/compiler/graph/types.ts';
import { listOf, numberOf, truth, type Inputs, type Types } from './formula.ts';
import {
  around,
  coordinates,
  normalize,
  oracleTensor,
  position,
  type OracleTensor,
} from './tensor.ts';

/** Where ONNX's Gather, GatherElements and scatters count an index from. */
function wrap(index: number, size: number): number {
  if (index < -size || index >= size) throw new Error(`index ${index} is outside of ${size}`);
  return index < 0 ? index + size : index;
}

export function cast([x]: Inputs, _attributes: Attributes, [type]: Types): readonly OracleTensor[] {
  return [
    oracleTensor(type!.dtype, type!.shape, (i) => {
      const value = x!.data[i]!;
      if (type!.dtype === 'bool') return truth(value !== 0);
      return type!.dtype === 'float32' ? value : Math.trunc(value);
    }),
  ];
}

export function concat(
  inputs: Inputs,
  attributes: Attributes,
  [type]: Types,
): readonly OracleTensor[] {
  const axis = normalize(numberOf(attributes, 'axis'), type!.shape);
  const result = oracleTensor(type!.dtype, type!.shape, () => NaN);
  let start = 0;
  for (const input of inputs) {
    input.data.forEach((value, i) => {
      const at = coordinates(i, input.shape);
      at[axis]! += start;
      result.data[position(at, type!.shape)] = value;
    });
    start += input.shape[axis]!;
  }
  return [result];
}

export function split([x]: Inputs, attributes: Attributes, types: Types): readonly OracleTensor[] {
  const axis = normalize(numberOf(attributes, 'axis'), x!.shape);
  let start = 0;
  return types.map((type) => {
    const from = start;
    start += type.shape[axis]!;
    return oracleTensor(x!.dtype, type.shape, (i) => {
      const at = coordinates(i, type.shape);
      at[axis]! += from;
      return x!.data[position(at, x!.shape)]!;
    });
  });
}

export function slice([x]: Inputs, attributes: Attributes, [type]: Types): readonly OracleTensor[] {
  const starts = listOf(attributes, 'starts');
  const axes = listOf(attributes, 'axes').map((axis) => normalize(axis, x!.shape));
  return [
    oracleTensor(x!.dtype, type!.shape, (i) => {
      const at = coordinates(i, type!.shape);
      axes.forEach((axis, index) => (at[axis]! += starts[index]!));
      return x!.data[position(at, x!.shape)]!;
    }),
  ];
}

export function transpose(
  [x]: Inputs,
  attributes: Attributes,
  [type]: Types,
): readonly OracleTensor[] {
  return [
    oracleTensor(x!.dtype, type!.shape, (i) => {
      const at: number[] = [];
      const found = coordinates(i, type!.shape);
      listOf(attributes, 'perm').forEach((axis, index) => (at[axis] = found[index]!));
      return x!.data[position(at, x!.shape)]!;
    }),
  ];
}

export function gather(
  [data, indices]: Inputs,
  attributes: Attributes,
  [type]: Types,
): readonly OracleTensor[] {
  const axis = normalize(numberOf(attributes, 'axis'), data!.shape);
  const [before, size, after] = around(axis, data!.shape);
  const count = indices!.data.length;
  const result = oracleTensor(data!.dtype, type!.shape, () => NaN);
  for (let outer = 0; outer < before; outer++) {
    for (let k = 0; k < count; k++) {
      const from = (outer * size + wrap(indices!.data[k]!, size)) * after;
      const to = (outer * count + k) * after;
      result.data.set(data!.data.subarray(from, from + after), to);
    }
  }
  return [result];
}

export function gatherElements(
  [data, indices]: Inputs,
  attributes: Attributes,
  [type]: Types,
): readonly OracleTensor[] {
  const axis = normalize(numberOf(attributes, 'axis'), data!.shape);
  return [
    oracleTensor(data!.dtype, type!.shape, (i) => {
      const at = coordinates(i, type!.shape);
      at[axis] = wrap(indices!.data[i]!, data!.shape[axis]!);
      return data!.data[exactPosition(at, data!.shape)]!;
    }),
  ];
}

function exactPosition(at: readonly number[], shape: Shape): number {
  return shape.reduce((total, size, axis) => total * size + at[axis]!, 0);
}

function combine(reduction: Attributes[string] | undefined, held: number, update: number): number {
  return reduction === 'add' ? held + update : update;
}

export function scatterElements(
  [data, indices, updates]: Inputs,
  attributes: Attributes,
): readonly OracleTensor[] {
  const axis = normalize(numberOf(attributes, 'axis'), data!.shape);
  const result = data!.data.slice();
  updates!.data.forEach((update, i) => {
    const at = coordinates(i, updates!.shape);
    at[axis] = wrap(indices!.data[i]!, data!.shape[axis]!);
    const place = exactPosition(at, data!.shape);
    result[place] = combine(attributes['reduction'], result[place]!, update);
  });
  return [{ ...data!, data: result }];
}

export function scatterND(
  [data, indices, updates]: Inputs,
  attributes: Attributes,
): readonly OracleTensor[] {
  const depth = indices!.shape.at(-1)!;
  const width = data!.shape.slice(depth).reduce((a, b) => a * b, 1);
  const result = data!.data.slice();
  for (let k = 0; k < indices!.data.length / depth; k++) {
    const at = [...indices!.data.subarray(k * depth, (k + 1) * depth)].map((index, axis) =>
      wrap(index, data!.shape[axis]!),
    );
    const start = exactPosition(at, data!.shape.slice(0, depth)) * width;
    for (let i = 0; i < width; i++) {
      const update = updates!.data[k * width + i]!;
      result[start + i] = combine(attributes['reduction'], result[start + i]!, update);
    }
  }
  return [{ ...data!, data: result }];
}

export function reshape(
  [x]: Inputs,
  _attributes: Attributes,
  [type]: Types,
): readonly OracleTensor[] {
  return [{ ...x!, shape: type!.shape }];
}
