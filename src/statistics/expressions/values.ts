import * as l10n from '@vscode/l10n';
import { ExpressionError } from './syntax.ts';

export type Elements = Float32Array | Float64Array | Int32Array | readonly number[];

/** A tensor that an expression computes with: elements in row-major order. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Elements;
  /** What each element is, where the position does not say it: of `topk`, the element's place in the original. */
  readonly labels?: readonly string[];
}

export type Value = number | boolean | Tensor;

/** What a value is, known without computing it. */
export type Type =
  | { readonly kind: 'number' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'tensor'; readonly shape: readonly number[] };

export const numberType: Type = { kind: 'number' };
export const booleanType: Type = { kind: 'boolean' };

export function tensorType(shape: readonly number[]): Type {
  return { kind: 'tensor', shape };
}

/** As messages call it: `a number`, `a tensor [2, 3]`. */
export function describeType(type: Type): string {
  if (type.kind === 'number') return l10n.t('a number');
  if (type.kind === 'boolean') return l10n.t('true or false');
  return l10n.t('a tensor {0}', `[${type.shape.join(', ')}]`);
}

export function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** NumPy's rule: shapes are aligned at their ends, and an axis of 1 stretches. Undefined when they do not fit. */
export function broadcastShape(
  a: readonly number[],
  b: readonly number[],
): readonly number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const sizeA = a[a.length - rank + axis] ?? 1;
    const sizeB = b[b.length - rank + axis] ?? 1;
    if (sizeA !== sizeB && sizeA !== 1 && sizeB !== 1) return undefined;
    shape.push(sizeA === 1 ? sizeB : sizeA);
  }
  return shape;
}

/** Distances in memory from one element of `shape` to the next of each axis; 0 where an axis is stretched to `wanted`. */
function stretchedStrides(shape: readonly number[], wanted: readonly number[]): readonly number[] {
  const strides = new Array<number>(wanted.length).fill(0);
  let stride = 1;
  for (let back = 1; back <= shape.length; back++) {
    const size = shape[shape.length - back] ?? 1;
    strides[wanted.length - back] = size === 1 ? 0 : stride;
    stride *= size;
  }
  return strides;
}

/** Applies `apply` to each pair of elements, shapes broadcast as in NumPy; the caller has checked that they fit. */
export function combine(a: Tensor, b: Tensor, apply: (a: number, b: number) => number): Tensor {
  const shape = broadcastShape(a.shape, b.shape);
  if (shape === undefined) throw new ExpressionError(l10n.t('the shapes do not fit'), 0);
  const data = new Float64Array(elements(shape));
  const stridesA = stretchedStrides(a.shape, shape);
  const stridesB = stretchedStrides(b.shape, shape);
  const position = new Array<number>(shape.length).fill(0);
  let atA = 0;
  let atB = 0;
  for (let i = 0; i < data.length; i++) {
    data[i] = apply(a.data[atA]!, b.data[atB]!);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      atA += stridesA[axis]!;
      atB += stridesB[axis]!;
      if (++position[axis]! < shape[axis]!) break;
      position[axis] = 0;
      atA -= stridesA[axis]! * shape[axis]!;
      atB -= stridesB[axis]! * shape[axis]!;
    }
  }
  return { shape, data };
}

export function map(a: Tensor, apply: (x: number) => number): Tensor {
  const data = new Float64Array(a.data.length);
  for (let i = 0; i < data.length; i++) data[i] = apply(a.data[i]!);
  return { shape: a.shape, data };
}

/** `[2, 0]` of element `index` of a tensor. */
export function placeOf(shape: readonly number[], index: number): string {
  const place: number[] = [];
  let rest = index;
  for (const size of shape.toReversed()) {
    place.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return `[${place.join(', ')}]`;
}
