import * as l10n from '@vscode/l10n';
import { tensorStatistics } from '../definitions.ts';
import {
  describeType,
  elements,
  map,
  numberType,
  placeOf,
  tensorType,
  type Elements,
  type Tensor,
  type Type,
  type Value,
} from './values.ts';

/** A function of the expression language. */
export interface FunctionDefinition {
  /** As completion shows it, e.g. `topk(x, k)`. */
  readonly signature: string;
  /** English; who shows it translates it. */
  readonly doc: string;
  /** Type of the result, or what is wrong with the arguments. */
  type(types: readonly Type[]): Type | string;
  apply(values: readonly Value[]): Value;
}

/** Reductions of one tensor to one number. Like NumPy's, they are not finite when an element is not. */
const reductions: Readonly<
  Record<string, { readonly doc: string; readonly reduce: (x: Elements) => number }>
> = {
  mean: {
    doc: 'mean of all elements; of in and out of a norm layer: as in the charts',
    reduce: (x) => sumOf(x, (v) => v) / x.length,
  },
  var: {
    doc: 'biased variance of all elements; of in and out of a norm layer: per token over the features, averaged over the tokens, as in the charts',
    reduce: (x) => moments(x).var,
  },
  std: { doc: 'square root of var', reduce: (x) => Math.sqrt(moments(x).var) },
  sum: { doc: 'sum of all elements', reduce: (x) => sumOf(x, (v) => v) },
  norm: { doc: '2-norm: √Σx²', reduce: (x) => Math.sqrt(sumOf(x, (v) => v * v)) },
  rms: {
    doc: 'root mean square: √mean(x²)',
    reduce: (x) => Math.sqrt(sumOf(x, (v) => v * v) / x.length),
  },
  kurt: { doc: 'kurtosis m4 / m2² (Gaussian: 3)', reduce: (x) => moments(x).kurtosis },
  nonFinite: {
    doc: 'number of elements that are NaN or infinite',
    reduce: (x) => sumOf(x, (v) => (Number.isFinite(v) ? 0 : 1)),
  },
  count: { doc: 'number of elements', reduce: (x) => x.length },
};

/** Names of the functions that take one tensor to one number; also allowed after a dot: `in.var`. */
export const reductionNames: readonly string[] = [...Object.keys(reductions), 'min', 'max'];

function extreme(name: 'min' | 'max'): FunctionDefinition {
  const pick = (...values: readonly number[]): number => Math[name](...values);
  return {
    signature: `${name}(x)`,
    doc: `${name === 'min' ? 'smallest' : 'largest'} element of a tensor, or of several numbers`,
    type(types) {
      if (types.length === 1 && types[0]?.kind === 'tensor') return numberType;
      const allNumbers = types.length > 1 && types.every(({ kind }) => kind === 'number');
      return allNumbers ? numberType : l10n.t('{0} takes one tensor, or several numbers', name);
    },
    apply(values) {
      const [first] = values;
      if (typeof first !== 'object') return pick(...(values as readonly number[]));
      let found = name === 'min' ? Infinity : -Infinity;
      for (const value of first.data) found = pick(found, value);
      return found;
    },
  };
}

function elementwise(
  name: string,
  doc: string,
  apply: (x: number) => number,
): readonly [string, FunctionDefinition] {
  return [
    name,
    {
      signature: `${name}(x)`,
      doc,
      type: ([type, ...more]) =>
        type === undefined || more.length > 0 || type.kind === 'boolean'
          ? l10n.t('{0} takes one number or tensor', name)
          : type,
      apply([value]) {
        return typeof value === 'object' ? map(value, apply) : apply(Number(value));
      },
    },
  ];
}

const cosine: FunctionDefinition = {
  signature: 'cos(a, b)',
  doc: 'cosine of the angle between two tensors of equally many elements: a·b / (‖a‖ ‖b‖)',
  type([a, b, ...more]) {
    if (a?.kind !== 'tensor' || b?.kind !== 'tensor' || more.length > 0) {
      return l10n.t('cos takes two tensors');
    }
    const fits = elements(a.shape) === elements(b.shape);
    return fits
      ? numberType
      : l10n.t('cos: {0} and {1} differ in size', describeType(a), describeType(b));
  },
  apply(values) {
    const [{ data: a }, { data: b }] = values as readonly [Tensor, Tensor];
    let product = 0;
    for (let i = 0; i < a.length; i++) product += a[i]! * b[i]!;
    const square = (v: number): number => v * v;
    return product / Math.sqrt(sumOf(a, square) * sumOf(b, square));
  },
};

const mostShown = 1000;

const largest: FunctionDefinition = {
  signature: 'topk(x, k)',
  doc: 'the k largest elements, each with its place',
  type([x, k, ...more]) {
    if (x?.kind !== 'tensor' || k?.kind !== 'number' || more.length > 0) {
      return l10n.t('topk takes a tensor and a number');
    }
    return tensorType([Math.min(mostShown, elements(x.shape))]);
  },
  apply(values) {
    const [x, k] = values as readonly [Tensor, number];
    const count = Math.max(0, Math.min(mostShown, Math.floor(k), x.data.length));
    const order = Uint32Array.from({ length: x.data.length }, (_, i) => i);
    // NaN first: it is what one looks for.
    const rank = (i: number): number => (Number.isNaN(x.data[i]!) ? Infinity : x.data[i]!);
    order.sort((i, j) => (rank(i) === rank(j) ? i - j : rank(j) > rank(i) ? 1 : -1));
    const picked = [...order.subarray(0, count)];
    return {
      shape: [count],
      data: picked.map((i) => x.data[i]!),
      labels: picked.map((i) => placeOf(x.shape, i)),
    };
  },
};

/** All functions by name, but for those that the parser itself knows: grad, update, updateRatio. */
export const functions: ReadonlyMap<string, FunctionDefinition> = new Map([
  ...Object.entries(reductions).map(
    ([name, { doc, reduce }]): readonly [string, FunctionDefinition] => [
      name,
      {
        signature: `${name}(x)`,
        doc,
        type: ([type, ...more]) =>
          type?.kind === 'tensor' && more.length === 0
            ? numberType
            : l10n.t('{0} takes one tensor', name),
        apply: (values) => reduce((values[0] as Tensor).data),
      },
    ],
  ),
  ['min', extreme('min')],
  ['max', extreme('max')],
  elementwise('abs', 'magnitude of each element', Math.abs),
  elementwise('sqrt', 'square root of each element', Math.sqrt),
  elementwise('exp', 'e to the power of each element', Math.exp),
  elementwise('log', 'natural logarithm of each element', Math.log),
  elementwise('log10', 'decimal logarithm of each element', Math.log10),
  ['cos', cosine],
  ['topk', largest],
]);

function sumOf(x: Elements, term: (value: number) => number): number {
  let sum = 0;
  for (const value of x) sum += term(value);
  return sum;
}

function moments(x: Elements): { readonly var: number; readonly kurtosis: number } {
  const data = x instanceof Float32Array || x instanceof Float64Array ? x : Float64Array.from(x);
  const found = tensorStatistics(data);
  return found.nonFinite > 0 ? { var: NaN, kurtosis: NaN } : found;
}
