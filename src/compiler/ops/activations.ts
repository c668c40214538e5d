import { normalizeAxis } from '../graph/shapes.ts';
import type { DType, TensorType, Value } from '../graph/types.ts';
import { numberAttribute, requiredInput, requireType, textAttribute } from './attributes.ts';
import {
  standard,
  type GradientContext,
  type GradientRule,
  type OnnxForm,
  type OpDefinition,
} from './definition.ts';
import { add, mul, negate, reduceSum, scale, sub } from './expressions.ts';

function inferSame(inputs: readonly TensorType[]): readonly TensorType[] {
  const { dtype, shape } = requiredInput(inputs, 0);
  return [{ dtype, shape }];
}

/** A rule for `y = f(x)`: `derive(dy, x, y)` gives dL/dx. */
function derivative(
  derive: (context: GradientContext, dy: Value, x: Value, y: Value) => Value,
): GradientRule {
  return (context) => {
    const [dy] = context.upstream;
    const [x] = context.node.inputs;
    const [y] = context.node.outputs;
    if (dy === undefined || x === undefined || y === undefined) return [];
    return [derive(context, dy, x, y)];
  };
}

function unary(gradient: GradientRule | 'none', onnx: OnnxForm = standard()): OpDefinition {
  return { infer: inferSame, gradient, onnx };
}

/** Softmax and LogSoftmax: the axis must exist. */
function alongAxis(gradient: GradientRule): OpDefinition {
  return {
    infer: (inputs, attributes) => {
      normalizeAxis(numberAttribute(attributes, 'axis', -1), requiredInput(inputs, 0).shape.length);
      return inferSame(inputs);
    },
    gradient,
    onnx: standard({ axis: 'int' }),
  };
}

/**
 * d/dx of x·Φ(x) = Φ(x) + x·φ(x) (Hendrycks and Gimpel 2016). With z = x/√2 this is Φ + z·exp(−z²)/√π; the factor goes into
 * the exponent, which saves a pass over the tensor. The pass `shareGelu` knows this form.
 */
function exactGelu(context: GradientContext, dy: Value, x: Value): Value {
  const { g } = context;
  const z = scale(g, x, Math.SQRT1_2);
  const cdf = g.op('HardSigmoid', [g.op('Erf', [z])], { alpha: 0.5, beta: 0.5 });
  const bell = g.op('Exp', [sub(g, g.scalar(-Math.log(Math.PI) / 2), mul(g, z, z))]);
  return mul(g, dy, add(g, cdf, mul(g, z, bell)));
}

/** d/dx of ½x(1 + tanh(k(x + a·x³))), PyTorch's `approximate='tanh'`. */
function tanhGelu(context: GradientContext, dy: Value, x: Value): Value {
  const { g } = context;
  const k = Math.sqrt(2 / Math.PI);
  const a = 0.044715;
  const square = mul(g, x, x);
  const inner = mul(g, x, add(g, scale(g, square, k * a), g.scalar(k)));
  const t = g.op('Tanh', [inner]);
  const slope = add(g, scale(g, square, 3 * k * a), g.scalar(k));
  const sech = sub(g, g.scalar(1), mul(g, t, t));
  const sum = add(g, add(g, t, g.scalar(1)), mul(g, mul(g, x, sech), slope));
  return mul(g, dy, scale(g, sum, 0.5));
}

const types: Readonly<Record<number, DType>> = { 1: 'float32', 6: 'int32', 7: 'int64', 9: 'bool' };

export const activations = {
  Neg: unary(derivative(({ g }, dy) => negate(g, dy))),
  Exp: unary(derivative(({ g }, dy, _x, y) => mul(g, dy, y))),
  Log: unary(derivative(({ g }, dy, x) => g.op('Div', [dy, x]))),
  Sqrt: unary(derivative(({ g }, dy, _x, y) => g.op('Div', [scale(g, dy, 0.5), y]))),
  Reciprocal: unary(derivative(({ g }, dy, _x, y) => negate(g, mul(g, dy, mul(g, y, y))))),
  Tanh: unary(derivative(({ g }, dy, _x, y) => mul(g, dy, sub(g, g.scalar(1), mul(g, y, y))))),
  Sigmoid: unary(derivative(({ g }, dy, _x, y) => mul(g, dy, mul(g, y, sub(g, g.scalar(1), y))))),
  Erf: unary(
    derivative(({ g }, dy, x) =>
      mul(g, dy, scale(g, g.op('Exp', [negate(g, mul(g, x, x))]), 2 / Math.sqrt(Math.PI))),
    ),
  ),
  Relu: unary(
    // A steep HardSigmoid of the output is the 0/1 mask, and the fastest the runtime has.
    derivative(({ g }, dy, _x, y) =>
      mul(g, dy, g.op('HardSigmoid', [y], { alpha: 1e30, beta: 0 })),
    ),
  ),
  /** max(0, min(1, alpha·x + beta)); used to build masks, so it has no gradient of its own. */
  HardSigmoid: unary('none', standard({ alpha: 'float', beta: 'float' })),
  Gelu: unary(
    derivative((context, dy, x) =>
      textAttribute(context.node.attributes, 'approximate', 'none') === 'tanh'
        ? tanhGelu(context, dy, x)
        : exactGelu(context, dy, x),
    ),
    standard({ approximate: 'string' }),
  ),
  Softmax: alongAxis(
    derivative(({ g, node }, dy, _x, y) => {
      const axis = numberAttribute(node.attributes, 'axis', -1);
      return mul(g, y, sub(g, dy, reduceSum(g, mul(g, dy, y), [axis], 1)));
    }),
  ),
  LogSoftmax: alongAxis(
    derivative(({ g, node }, dy, _x, y) => {
      const axis = numberAttribute(node.attributes, 'axis', -1);
      return sub(g, dy, mul(g, g.op('Exp', [y]), reduceSum(g, dy, [axis], 1)));
    }),
  ),
  Not: {
    infer: (inputs) => {
      requireType(requiredInput(inputs, 0), 'bool');
      return inferSame(inputs);
    },
    gradient: 'none',
    onnx: standard(),
  },
  /** `to` is ONNX's number of the type: 1 float32, 6 int32, 7 int64, 9 bool. */
  Cast: {
    infer: (inputs, attributes) => {
      const dtype = types[numberAttribute(attributes, 'to')];
      if (dtype === undefined) throw new Error('Cast to an unknown type');
      return [{ dtype, shape: requiredInput(inputs, 0).shape }];
    },
    gradient: 'none',
    onnx: standard({ to: 'int' }),
  },
} satisfies Record<string, OpDefinition>;
