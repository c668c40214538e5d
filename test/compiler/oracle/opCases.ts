import fc from 'fast-check';
import { sizeOf, type Attributes, type Shape } from '../../../src/compiler/graph/types.ts';
import {
  awayFromZero,
  bit,
  broadcastable,
  few,
  indexBelow,
  normal,
  positive,
  shapes,
  shapeWithAxis,
  size,
  tensors,
  type Domain,
} from './arbitraries.ts';
import { normalize, type OracleTensor } from './tensor.ts';
import {
  averagePoolCases,
  col2ImCases,
  convCases,
  convTransposeCases,
  maxPoolCases,
} from './windowCases.ts';

/** One use of an op: its inputs with their values, and its attributes. */
export interface OpCase {
  readonly inputs: readonly OracleTensor[];
  readonly attributes: Attributes;
}

export interface OpCases {
  readonly cases: fc.Arbitrary<OpCase>;
  /** Largest error of the runtime's float32 results, as a share of the largest element; 1e-6 when left out. */
  readonly tolerance?: number;
  /** Outputs that a loss may depend on; all when left out. */
  readonly differentiable?: readonly number[];
}

function opCase(
  attributes: Attributes,
  ...inputs: readonly fc.Arbitrary<OracleTensor>[]
): fc.Arbitrary<OpCase> {
  return fc.tuple(...inputs).map((tensors) => ({ inputs: tensors, attributes }));
}

function unary(domain: Domain = normal, attributes: Attributes = {}): OpCases {
  return { cases: shapes(0, 3).chain((shape) => opCase(attributes, tensors(shape, domain))) };
}

function binary(second: Domain = normal): OpCases {
  return {
    cases: broadcastable(2).chain(([a = [], b = []]) => opCase({}, tensors(a), tensors(b, second))),
  };
}

/** Operands of float or integer type with many ties. */
function comparison(): OpCases {
  return {
    cases: fc
      .tuple(broadcastable(2), fc.constantFrom('float32' as const, 'int64' as const))
      .chain(([[a = [], b = []], dtype]) =>
        opCase({}, tensors(a, few, dtype), tensors(b, few, dtype)),
      ),
  };
}

function alongAxis(): OpCases {
  return {
    cases: shapeWithAxis(1, 3).chain(({ shape, axis }) => opCase({ axis }, tensors(shape))),
  };
}

function reduction(): OpCases {
  const cases = shapes(1, 4).chain((shape) =>
    fc
      .tuple(fc.subarray([...shape.keys()], { minLength: 1 }), fc.boolean(), fc.constantFrom(0, 1))
      .chain(([axes, fromEnd, keepdims]) => {
        const written = fromEnd ? axes.map((axis) => axis - shape.length) : axes;
        return opCase({ axes: written, keepdims }, tensors(shape));
      }),
  );
  return { cases };
}

/** All ways to write one number as an ordered product of a few others: shapes of as many elements. */
function factorizations(total: number): fc.Arbitrary<Shape> {
  return fc.array(fc.constantFrom(1, 2, 3, 4), { maxLength: 3 }).map((wanted) => {
    const shape: number[] = [];
    let rest = total;
    for (const factor of wanted) {
      if (rest % factor !== 0) continue;
      shape.push(factor);
      rest /= factor;
    }
    return rest === 1 && shape.length > 0 ? shape : [...shape, rest];
  });
}

/** [.., rows, inner] and [.., inner, columns] with leading axes that broadcast; each transposed when its flag says so. */
function products(
  attributes: fc.Arbitrary<Attributes>,
  highestBatch: number,
): fc.Arbitrary<OpCase> {
  return fc
    .tuple(attributes, broadcastable(2, highestBatch), size, size, size)
    .chain(([chosen, [a = [], b = []], rows, inner, columns]) => {
      const left = chosen['transA'] === 1 ? [inner, rows] : [rows, inner];
      const right = chosen['transB'] === 1 ? [columns, inner] : [inner, columns];
      return opCase(chosen, tensors([...a, ...left]), tensors([...b, ...right]));
    });
}

const transpositions = fc.record({ transA: fc.constantFrom(0, 1), transB: fc.constantFrom(0, 1) });
const scaledTranspositions = fc
  .tuple(transpositions, fc.constantFrom(1, 0.5, -2))
  .map(([flags, alpha]) => ({ ...flags, alpha }));

function gemm(): OpCases {
  const cases = products(transpositions, 0).chain(({ inputs, attributes }) => {
    const [a, b] = inputs;
    const rows = a!.shape[attributes['transA'] === 1 ? 1 : 0]!;
    const columns = b!.shape[attributes['transB'] === 1 ? 0 : 1]!;
    const addend = fc.constantFrom<Shape | undefined>(
      undefined,
      [columns],
      [1, columns],
      [rows, 1],
      [rows, columns],
      [1],
    );
    return addend.chain((shape) =>
      shape === undefined
        ? fc.constant({ inputs, attributes })
        : tensors(shape).map((c) => ({ inputs: [...inputs, c], attributes })),
    );
  });
  return { cases };
}

/** Rows of at least two features: of one feature all is 0, and its gradient too. */
function normalization(parameters: number): OpCases {
  const cases = fc
    .tuple(shapes(0, 2), fc.array(fc.integer({ min: 2, max: 5 }), { minLength: 1, maxLength: 2 }))
    .chain(([rows, features]) => {
      const shape = [...rows, ...features];
      const affine = Array.from({ length: parameters }, () => tensors(features));
      return opCase({ axis: -features.length, epsilon: 0.01 }, tensors(shape), ...affine);
    });
  return { cases, tolerance: 2e-6, differentiable: [0] };
}

/** Of up to two axes besides cases and channels; over 300 positions the sums are made another way. */
function batchNormalization(): OpCases {
  const short = fc
    .tuple(fc.integer({ min: 2, max: 4 }), size, fc.constantFrom([], [3], [2, 3]))
    .map(([cases, channels, positions]) => [cases, channels, ...positions]);
  const shape = fc.oneof(
    { weight: 9, arbitrary: short },
    { weight: 1, arbitrary: fc.constant([1, 2, 300]) },
  );
  const cases = fc.tuple(shape, fc.constantFrom(0, 1)).chain(([drawn, training]) => {
    const channels = [drawn[1]];
    const given = training === 1 ? [] : [tensors(channels), tensors(channels, positive)];
    const attributes = { training_mode: training, epsilon: 0.01, ...(training && { momentum: 0 }) };
    return opCase(attributes, tensors(drawn), tensors(channels), tensors(channels), ...given);
  });
  return { cases, tolerance: 2e-6, differentiable: [0] };
}

/** Axis 0 only: that is what the gradient is for. */
function gather(): OpCases {
  const cases = fc
    .tuple(shapes(1, 3), shapes(0, 2), fc.constantFrom('int32' as const, 'int64' as const))
    .chain(([shape, places, dtype]) =>
      opCase({ axis: 0 }, tensors(shape), tensors(places, indexBelow(shape[0]!), dtype)),
    );
  return { cases };
}

/** Indices shaped like the data, with another size along the axis. */
function elementPlaces(scatter: boolean): OpCases {
  const cases = fc.tuple(shapeWithAxis(1, 3), size).chain(([{ shape, axis }, count]) => {
    const at = normalize(axis, shape);
    const places = shape.with(at, count);
    const indices = tensors(places, indexBelow(shape[at]!), 'int64');
    return scatter
      ? opCase({ axis, reduction: 'add' }, tensors(shape), indices, tensors(places))
      : opCase({ axis }, tensors(shape), indices);
  });
  return { cases };
}

function scatterND(): OpCases {
  const cases = fc.tuple(shapes(1, 3), shapes(1, 2)).chain(([shape, places]) => {
    const indices = tensors([...places, 1], indexBelow(shape[0]!), 'int64');
    const updates = tensors([...places, ...shape.slice(1)]);
    return opCase({ reduction: 'add' }, tensors(shape), indices, updates);
  });
  return { cases };
}

function concat(): OpCases {
  const cases = fc
    .tuple(shapeWithAxis(1, 3), fc.array(size, { minLength: 1, maxLength: 3 }))
    .chain(([{ shape, axis }, sizes]) => {
      const at = normalize(axis, shape);
      return opCase({ axis }, ...sizes.map((count) => tensors(shape.with(at, count))));
    });
  return { cases };
}

function split(): OpCases {
  const cases = fc
    .tuple(shapeWithAxis(1, 3), fc.array(size, { minLength: 1, maxLength: 3 }))
    .chain(([{ shape, axis }, parts]) => {
      const total = parts.reduce((sum, part) => sum + part, 0);
      const whole = shape.with(normalize(axis, shape), total);
      return opCase({ axis, split: parts }, tensors(whole));
    });
  return { cases };
}

function slice(): OpCases {
  const cases = fc
    .tuple(shapes(1, 3), fc.boolean(), fc.infiniteStream(fc.nat()))
    .chain(([shape, fromEnd, random]) => {
      const next = (bound: number): number => random.next().value % bound;
      const axes = [...shape.keys()].filter(() => next(3) > 0);
      const chosen = axes.length === 0 ? [0] : axes;
      const starts = chosen.map((axis) => next(shape[axis]!));
      const ends = chosen.map((axis, i) => starts[i]! + 1 + next(shape[axis]! - starts[i]!));
      const written = fromEnd ? chosen.map((axis) => axis - shape.length) : chosen;
      return opCase({ starts, ends, axes: written }, tensors(shape));
    });
  return { cases };
}

function transpose(): OpCases {
  const cases = shapes(1, 4).chain((shape) =>
    fc
      .shuffledSubarray([...shape.keys()], { minLength: shape.length })
      .chain((perm) => opCase({ perm }, tensors(shape))),
  );
  return { cases };
}

function expand(): OpCases {
  const cases = broadcastable(2).chain(([from = [], to = []]) =>
    opCase({ shape: to }, tensors(from)),
  );
  return { cases };
}

function where(): OpCases {
  const cases = broadcastable(3).chain(([condition = [], a = [], b = []]) =>
    opCase({}, tensors(condition, bit, 'bool'), tensors(a), tensors(b)),
  );
  return { cases };
}

function cast(): OpCases {
  const kinds = fc.constantFrom<[Domain, 'float32' | 'int32' | 'int64' | 'bool', number]>(
    [bit, 'bool', 1],
    [few, 'int32', 1],
    [few, 'int64', 6],
    [few, 'int32', 7],
    [few, 'int64', 9],
    [awayFromZero, 'float32', 7],
  );
  const cases = fc
    .tuple(shapes(0, 3), kinds)
    .chain(([shape, [domain, dtype, to]]) => opCase({ to }, tensors(shape, domain, dtype)));
  return { cases };
}

function and(): OpCases {
  const cases = broadcastable(2).chain(([a = [], b = []]) =>
    opCase({}, tensors(a, bit, 'bool'), tensors(b, bit, 'bool')),
  );
  return { cases };
}

function gelu(): OpCases {
  const cases = fc
    .constantFrom('none', 'tanh')
    .chain((approximate) => unary(normal, { approximate }).cases);
  // exp and erf of the runtime are polynomials, right to a few units in the last place.
  return { cases, tolerance: 2e-6 };
}

/** The cases of every op, by its name: what runtime, gradient and mutation tests draw from. */
export const opCases: Readonly<Record<string, OpCases>> = {
  Add: binary(),
  Sub: binary(),
  Mul: binary(),
  Div: binary(awayFromZero),
  Where: where(),
  Equal: comparison(),
  Less: comparison(),
  And: and(),
  Not: {
    cases: shapes(0, 3).chain((shape) => opCase({}, tensors(shape, bit, 'bool'))),
  },
  Neg: unary(),
  Exp: unary(),
  Log: unary(positive),
  Sqrt: unary(positive),
  Reciprocal: unary(awayFromZero),
  Tanh: unary(),
  Sigmoid: unary(),
  Erf: unary(),
  Relu: unary(awayFromZero),
  HardSigmoid: unary(normal, { alpha: 0.5, beta: 0.5 }),
  Gelu: gelu(),
  Softmax: alongAxis(),
  LogSoftmax: alongAxis(),
  Cast: cast(),
  Reshape: {
    cases: shapes(0, 3).chain((shape) =>
      factorizations(sizeOf(shape)).chain((target) => opCase({ shape: target }, tensors(shape))),
    ),
  },
  Transpose: transpose(),
  Expand: expand(),
  Concat: concat(),
  Split: split(),
  Slice: slice(),
  ReduceSum: reduction(),
  ReduceMean: reduction(),
  ReduceSumSquare: reduction(),
  MatMul: { cases: products(fc.constant({}), 2) },
  FusedMatMul: { cases: products(scaledTranspositions, 2) },
  Gemm: gemm(),
  Conv: convCases(),
  ConvTranspose: convTransposeCases(),
  MaxPool: maxPoolCases(),
  AveragePool: averagePoolCases(),
  Col2Im: col2ImCases(),
  LayerNormalization: normalization(2),
  SimplifiedLayerNormalization: normalization(1),
  BatchNormalization: batchNormalization(),
  Gather: gather(),
  GatherElements: elementPlaces(false),
  ScatterND: scatterND(),
  ScatterElements: elementPlaces(true),
};
