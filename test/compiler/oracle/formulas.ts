import type { Attributes, Shape } from '../../../src/compiler/graph/types.ts';
import { erf } from './erf.ts';
import { listOf, numberOf, truth, type Formula } from './formula.ts';
import {
  cast,
  concat,
  gather,
  gatherElements,
  reshape,
  scatterElements,
  scatterND,
  slice,
  split,
  transpose,
} from './movementFormulas.ts';
import {
  around,
  coordinates,
  mapBroadcast,
  normalize,
  oracleTensor,
  position,
  type OracleTensor,
} from './tensor.ts';
import { averagePool, col2Im, conv, convTranspose, maxPool } from './windowFormulas.ts';

function elementwise(f: (...values: number[]) => number): Formula {
  return (inputs, _attributes, [type]) => [mapBroadcast(type!.dtype, type!.shape, inputs, f)];
}

function withAttributes(f: (x: number, attributes: Attributes) => number): Formula {
  return ([x], attributes) => [oracleTensor(x!.dtype, x!.shape, (i) => f(x!.data[i]!, attributes))];
}

function gelu(x: number, attributes: Attributes): number {
  if (attributes['approximate'] !== 'tanh') return 0.5 * x * (1 + erf(x / Math.SQRT2));
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}

function hardSigmoid(x: number, attributes: Attributes): number {
  const { alpha, beta } = attributes;
  return Math.max(0, Math.min(1, Number(alpha) * x + Number(beta)));
}

/** Calls `f` with the elements of each line of `x` along `axis`, and writes back what it returns. */
function alongAxis(x: OracleTensor, axis: number, f: (line: number[]) => number[]): OracleTensor {
  const [before, size, after] = around(normalize(axis, x.shape), x.shape);
  const data = new Float64Array(x.data.length);
  for (let outer = 0; outer < before; outer++) {
    for (let inner = 0; inner < after; inner++) {
      const at = (i: number): number => (outer * size + i) * after + inner;
      const line = Array.from({ length: size }, (_, i) => x.data[at(i)]!);
      f(line).forEach((value, i) => (data[at(i)] = value));
    }
  }
  return { ...x, data };
}

function logSoftmax(line: number[]): number[] {
  const top = Math.max(...line);
  const total = line.reduce((sum, x) => sum + Math.exp(x - top), 0);
  return line.map((x) => x - top - Math.log(total));
}

function reduction(finish: (values: number[]) => number): Formula {
  return ([x], attributes, [type]) => {
    const axes = listOf(attributes, 'axes').map((axis) => normalize(axis, x!.shape));
    const kept = x!.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    const groups = Array.from({ length: kept.reduce((a, b) => a * b, 1) }, (): number[] => []);
    x!.data.forEach((value, i) => groups[position(coordinates(i, x!.shape), kept)]!.push(value));
    return [oracleTensor(x!.dtype, type!.shape, groups.map(finish))];
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** alpha · op(a) · op(b) over the last two axes, leading axes broadcast. */
function matrixProduct(
  a: OracleTensor,
  b: OracleTensor,
  attributes: Attributes,
  shape: Shape,
): OracleTensor {
  const transA = attributes['transA'] === 1;
  const transB = attributes['transB'] === 1;
  const inner = a.shape.at(transA ? -2 : -1)!;
  const batch = shape.slice(0, -2);
  const element = (
    tensor: OracleTensor,
    at: readonly number[],
    row: number,
    column: number,
  ): number => {
    const [rows, columns] = tensor.shape.slice(-2) as [number, number];
    return tensor.data[(position(at, tensor.shape.slice(0, -2)) * rows + row) * columns + column]!;
  };
  return oracleTensor(a.dtype, shape, (index) => {
    const [row, column] = coordinates(index, shape).slice(-2) as [number, number];
    const at = coordinates(index, shape).slice(0, batch.length);
    let total = 0;
    for (let k = 0; k < inner; k++) {
      const left = transA ? element(a, at, k, row) : element(a, at, row, k);
      const right = transB ? element(b, at, column, k) : element(b, at, k, column);
      total += left * right;
    }
    return numberOf(attributes, 'alpha', 1) * total;
  });
}

function normalization(centred: boolean): Formula {
  return ([x, gain, bias], attributes, types) => {
    const axis = normalize(numberOf(attributes, 'axis', -1), x!.shape);
    const features = x!.shape.slice(axis).reduce((a, b) => a * b, 1);
    const rows = x!.data.length / features;
    const y = new Float64Array(x!.data.length);
    const means: number[] = [];
    const inverses: number[] = [];
    for (let row = 0; row < rows; row++) {
      const line = x!.data.subarray(row * features, (row + 1) * features);
      const mean = centred ? sum([...line]) / features : 0;
      const variance = sum([...line].map((value) => (value - mean) ** 2)) / features;
      const inverse = 1 / Math.sqrt(variance + numberOf(attributes, 'epsilon'));
      means.push(mean);
      inverses.push(inverse);
      line.forEach((value, i) => {
        y[row * features + i] = (value - mean) * inverse * gain!.data[i]! + (bias?.data[i] ?? 0);
      });
    }
    const statistics = centred ? [means, inverses] : [inverses];
    const outputs = statistics.map((values, i) =>
      oracleTensor('float32', types[i + 1]!.shape, values),
    );
    return [{ ...x!, data: y }, ...outputs];
  };
}

/** Per channel: of the batch's own mean and variance with training_mode 1, of given ones with 0. */
function batchNormalization(
  ...[[x, gain, bias, mean, variance], attributes, types]: Parameters<Formula>
): ReturnType<Formula> {
  const [, channels, positions] = around(1, x!.shape);
  const channelOf = (index: number): number => Math.floor(index / positions) % channels;
  const training = numberOf(attributes, 'training_mode') === 1;
  const values = Array.from({ length: channels }, (_, channel) =>
    [...x!.data].filter((_value, index) => channelOf(index) === channel),
  );
  const average = (list: readonly number[]): number => sum(list) / list.length;
  const means = training ? values.map(average) : [...mean!.data];
  const variances = training
    ? values.map((list, channel) => average(list.map((value) => (value - means[channel]!) ** 2)))
    : [...variance!.data];
  const y = x!.data.map((value, index) => {
    const channel = channelOf(index);
    const deviation = Math.sqrt(variances[channel]! + numberOf(attributes, 'epsilon'));
    return ((value - means[channel]!) / deviation) * gain!.data[channel]! + bias!.data[channel]!;
  });
  const statistics = training ? [means, variances] : [];
  return [
    { ...x!, data: y },
    ...statistics.map((list, i) => oracleTensor('float32', types[i + 1]!.shape, list)),
  ];
}

/** Every op of the registry. */
export const formulas: Readonly<Record<string, Formula>> = {
  Add: elementwise((a, b) => a + b),
  Sub: elementwise((a, b) => a - b),
  Mul: elementwise((a, b) => a * b),
  Div: elementwise((a, b) => a / b),
  Where: elementwise((condition, a, b) => (condition ? a : b)),
  Equal: elementwise((a, b) => truth(a === b)),
  Less: elementwise((a, b) => truth(a < b)),
  And: elementwise((a, b) => truth(a !== 0 && b !== 0)),
  Not: elementwise((a) => truth(a === 0)),
  Neg: elementwise((x) => -x),
  Exp: elementwise((x) => Math.exp(x)),
  Log: elementwise((x) => Math.log(x)),
  Sqrt: elementwise((x) => Math.sqrt(x)),
  Reciprocal: elementwise((x) => 1 / x),
  Tanh: elementwise((x) => Math.tanh(x)),
  Sigmoid: elementwise((x) => 1 / (1 + Math.exp(-x))),
  Erf: elementwise((x) => erf(x)),
  Relu: elementwise((x) => Math.max(0, x)),
  HardSigmoid: withAttributes(hardSigmoid),
  Gelu: withAttributes(gelu),
  Softmax: ([x], attributes) => [
    alongAxis(x!, numberOf(attributes, 'axis', -1), (line) => logSoftmax(line).map(Math.exp)),
  ],
  LogSoftmax: ([x], attributes) => [alongAxis(x!, numberOf(attributes, 'axis', -1), logSoftmax)],
  Cast: cast,
  Reshape: reshape,
  Transpose: transpose,
  Expand: (inputs, _attributes, [type]) => [
    mapBroadcast(type!.dtype, type!.shape, inputs, (x) => x),
  ],
  Concat: concat,
  Split: split,
  Slice: slice,
  ReduceSum: reduction(sum),
  ReduceMean: reduction((values) => sum(values) / values.length),
  ReduceSumSquare: reduction((values) => sum(values.map((value) => value * value))),
  MatMul: ([a, b], _attributes, [type]) => [matrixProduct(a!, b!, {}, type!.shape)],
  FusedMatMul: ([a, b], attributes, [type]) => [matrixProduct(a!, b!, attributes, type!.shape)],
  Gemm: ([a, b, c], attributes, [type]) => {
    const product = matrixProduct(a!, b!, attributes, type!.shape);
    const operands = c === undefined ? [product] : [product, c];
    return [mapBroadcast(a!.dtype, type!.shape, operands, (x, y = 0) => x + y)];
  },
  Conv: conv,
  ConvTranspose: convTranspose,
  MaxPool: maxPool,
  AveragePool: averagePool,
  Col2Im: col2Im,
  LayerNormalization: normalization(true),
  SimplifiedLayerNormalization: normalization(false),
  BatchNormalization: batchNormalization,
  Gather: gather,
  GatherElements: gatherElements,
  ScatterND: scatterND,
  ScatterElements: scatterElements,
};
