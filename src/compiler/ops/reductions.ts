import { axisSize, reduceShape } from '../graph/shapes.ts';
import { sizeOf, type Node, type Shape, type Value } from '../graph/types.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import { listAttribute, numberAttribute, requiredInput } from './attributes.ts';
import { standard, type GradientRule, type OpDefinition } from './definition.ts';
import { mul, reshape, scale } from './expressions.ts';

function axesOf(node: Node): readonly number[] {
  return listAttribute(node.attributes, 'axes');
}

/** dy with the reduced axes back as axes of size 1, so that it broadcasts against the input. */
function keepAxes(g: GraphBuilder, dy: Value, node: Node, shape: Shape): Value {
  return reshape(g, dy, reduceShape(shape, axesOf(node), true));
}

function reduction(gradient: GradientRule | 'none'): OpDefinition {
  return {
    infer: (inputs, attributes) => {
      const { dtype, shape } = requiredInput(inputs, 0);
      const keepdims = numberAttribute(attributes, 'keepdims', 1) === 1;
      return [{ dtype, shape: reduceShape(shape, listAttribute(attributes, 'axes'), keepdims) }];
    },
    gradient,
    onnx: standard({ keepdims: 'int' }, ['axes']),
    flops: (inputs) => sizeOf(requiredInput(inputs, 0).shape),
  };
}

export const reductions = {
  ReduceSum: reduction(({ g, node, upstream: [dy] }) => {
    const [x] = node.inputs;
    if (dy === undefined || x === undefined) return [];
    return [g.op('Expand', [keepAxes(g, dy, node, x.shape)], { shape: x.shape })];
  }),
  ReduceMean: reduction(({ g, node, upstream: [dy] }) => {
    const [x] = node.inputs;
    if (dy === undefined || x === undefined) return [];
    const count = axesOf(node).reduce((product, axis) => product * axisSize(x.shape, axis), 1);
    const spread = scale(g, keepAxes(g, dy, node, x.shape), 1 / count);
    return [g.op('Expand', [spread], { shape: x.shape })];
  }),
  ReduceSumSquare: reduction(({ g, node, upstream: [dy] }) => {
    const [x] = node.inputs;
    if (dy === undefined || x === undefined) return [];
    return [mul(g, x, scale(g, keepAxes(g, dy, node, x.shape), 2))];
  }),
} satisfies Record<string, OpDefinition>;
