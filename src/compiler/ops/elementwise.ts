import { broadcastShapes } from '../graph/shapes.ts';
import type { DType, TensorType } from '../graph/types.ts';
import { commonType, requiredInput, requireType } from './attributes.ts';
import { standard, type GradientRule, type OpDefinition } from './definition.ts';
import { mul, negate, sumTo } from './expressions.ts';

function broadcast(result?: DType): OpDefinition['infer'] {
  return (inputs) => {
    const dtype = commonType(inputs);
    const shape = broadcastShapes(...inputs.map((input) => input.shape));
    return [{ dtype: result ?? dtype, shape }];
  };
}

/** A rule for `f(a, b)`: the two partial gradients before they are summed back to the operands' shapes. */
function binaryGradient(
  partial: (context: Parameters<GradientRule>[0]) => readonly (TensorPartial | undefined)[],
): GradientRule {
  return (context) => {
    const { g, node } = context;
    return partial(context).map((build, index) => {
      const input = node.inputs[index];
      if (build === undefined || input === undefined || !context.wanted[index]) return undefined;
      return sumTo(g, build(), input.shape);
    });
  };
}

type TensorPartial = () => ReturnType<typeof mul>;

function binary(gradient: GradientRule): OpDefinition {
  return { infer: broadcast(), gradient, onnx: standard() };
}

function comparison(): OpDefinition {
  return { infer: broadcast('bool'), gradient: 'none', onnx: standard() };
}

function inferWhere(inputs: readonly TensorType[]): readonly TensorType[] {
  requireType(requiredInput(inputs, 0), 'bool');
  return [
    {
      dtype: commonType(inputs.slice(1)),
      shape: broadcastShapes(...inputs.map((input) => input.shape)),
    },
  ];
}

export const elementwise = {
  Add: binary(
    binaryGradient(({ upstream: [dy] }) =>
      dy === undefined ? [] : [(): typeof dy => dy, (): typeof dy => dy],
    ),
  ),
  Sub: binary(
    binaryGradient(({ g, upstream: [dy] }) =>
      dy === undefined ? [] : [(): typeof dy => dy, () => negate(g, dy)],
    ),
  ),
  Mul: binary(
    binaryGradient(({ g, node, upstream: [dy] }) => {
      const [a, b] = node.inputs;
      if (dy === undefined || a === undefined || b === undefined) return [];
      return [() => mul(g, dy, b), () => mul(g, dy, a)];
    }),
  ),
  Div: binary(
    binaryGradient(({ g, node, upstream: [dy] }) => {
      const [, b] = node.inputs;
      const [y] = node.outputs;
      if (dy === undefined || b === undefined || y === undefined) return [];
      return [() => g.op('Div', [dy, b]), () => negate(g, g.op('Div', [mul(g, dy, y), b]))];
    }),
  ),
  /** `Where(condition, a, b)`. */
  Where: {
    infer: inferWhere,
    gradient: ({ g, node, upstream: [dy], wanted }) => {
      const [condition, a, b] = node.inputs;
      if (dy === undefined || condition === undefined) return [];
      const zero = g.scalar(0);
      return [
        undefined,
        wanted[1] && a ? sumTo(g, g.op('Where', [condition, dy, zero]), a.shape) : undefined,
        wanted[2] && b ? sumTo(g, g.op('Where', [condition, zero, dy]), b.shape) : undefined,
      ];
    },
    onnx: standard(),
  },
  Equal: comparison(),
  Less: comparison(),
  And: {
    infer: (inputs) => {
      for (const input of inputs) requireType(input, 'bool');
      return broadcast('bool')(inputs, {});
    },
    gradient: 'none',
    onnx: standard(),
  },
} satisfies Record<string, OpDefinition>;
