import * as l10n from '@vscode/l10n';
import type { GraphBuilder } from '../graph/builder.ts';
import { axisSize, broadcastShapes, shapeError } from '../graph/shapes.ts';
import {
  formatShape,
  sameShape,
  sizeOf,
  type Shape,
  type TensorType,
  type Value,
} from '../graph/types.ts';
import { commonType, numberAttribute, requiredInput } from './attributes.ts';
import { microsoft, standard, type GradientContext, type OpDefinition } from './definition.ts';
import { product, reshape, sumTo } from './expressions.ts';

function productShape(a: Shape, b: Shape, transA: boolean, transB: boolean): Shape {
  if (a.length < 2 || b.length < 2) {
    throw shapeError(
      l10n.t('a product needs matrices, not {0} and {1}', formatShape(a), formatShape(b)),
    );
  }
  const inner = axisSize(a, transA ? -2 : -1);
  if (inner !== axisSize(b, transB ? -1 : -2)) {
    throw shapeError(
      l10n.t('{0} and {1} do not multiply: inner sizes differ', formatShape(a), formatShape(b)),
    );
  }
  const batch = broadcastShapes(a.slice(0, -2), b.slice(0, -2));
  return [...batch, axisSize(a, transA ? -1 : -2), axisSize(b, transB ? -2 : -1)];
}

function flops(inputs: readonly TensorType[], outputs: readonly TensorType[]): number {
  const a = requiredInput(inputs, 0).shape;
  const output = requiredInput(outputs, 0).shape;
  return 2 * sizeOf(output) * (sizeOf(a) / sizeOf(output.slice(0, -1)));
}

/** Sees `[..., rows, features]` as one matrix; only for operands that are not transposed. */
function flatten(g: GraphBuilder, a: Value): Value {
  const features = axisSize(a.shape, -1);
  return reshape(g, a, [sizeOf(a.shape) / features, features]);
}

/**
 * The gradient of y = alpha · op(a) · op(b). A batch of left operands against one right matrix (every Linear) is first seen
 * as one tall matrix, so that the weight's gradient is one product and not a batch of them.
 */
function gradient(
  context: GradientContext,
  transA: boolean,
  transB: boolean,
  alpha: number,
): readonly (Value | undefined)[] {
  const { g, node, wanted } = context;
  const [upstream] = context.upstream;
  const [left, right] = node.inputs;
  if (upstream === undefined || left === undefined || right === undefined) return [];
  const tall = !transA && right.shape.length === 2 && left.shape.length > 2;
  const a = tall ? flatten(g, left) : left;
  const dy = tall ? flatten(g, upstream) : upstream;
  const da = (): Value =>
    transA
      ? product(g, right, dy, { transA: transB, transB: true, alpha })
      : product(g, dy, right, { transB: !transB, alpha });
  const db = (): Value =>
    transB
      ? product(g, dy, a, { transA: true, transB: transA, alpha })
      : product(g, a, dy, { transA: !transA, alpha });
  return [
    wanted[0] ? backTo(g, da(), left.shape) : undefined,
    wanted[1] ? backTo(g, db(), right.shape) : undefined,
  ];
}

function backTo(g: GraphBuilder, value: Value, shape: Shape): Value {
  return sizeOf(value.shape) === sizeOf(shape) ? reshape(g, value, shape) : sumTo(g, value, shape);
}

const MatMul: OpDefinition = {
  infer: (inputs) => {
    const a = requiredInput(inputs, 0);
    const shape = productShape(a.shape, requiredInput(inputs, 1).shape, false, false);
    return [{ dtype: commonType(inputs), shape }];
  },
  gradient: (context) => gradient(context, false, false, 1),
  onnx: standard(),
  flops,
};

/** The runtime's MatMul with transposed operands and a factor. */
const FusedMatMul: OpDefinition = {
  infer: (inputs, attributes) => {
    const a = requiredInput(inputs, 0);
    const transA = numberAttribute(attributes, 'transA', 0) === 1;
    const transB = numberAttribute(attributes, 'transB', 0) === 1;
    const shape = productShape(a.shape, requiredInput(inputs, 1).shape, transA, transB);
    return [{ dtype: commonType(inputs), shape }];
  },
  gradient: (context) => {
    const { attributes } = context.node;
    const transA = numberAttribute(attributes, 'transA', 0) === 1;
    const transB = numberAttribute(attributes, 'transB', 0) === 1;
    return gradient(context, transA, transB, numberAttribute(attributes, 'alpha', 1));
  },
  onnx: microsoft({ transA: 'int', transB: 'int', alpha: 'float' }),
  flops,
};

/** op(a) · op(b) + c of matrices, c broadcast over the rows: a linear layer with its bias in one pass. */
const Gemm: OpDefinition = {
  infer: (inputs, attributes) => {
    const a = requiredInput(inputs, 0);
    const b = requiredInput(inputs, 1);
    if (a.shape.length !== 2 || b.shape.length !== 2) {
      throw shapeError(
        l10n.t('Gemm needs matrices, not {0} and {1}', formatShape(a.shape), formatShape(b.shape)),
      );
    }
    const transA = numberAttribute(attributes, 'transA', 0) === 1;
    const transB = numberAttribute(attributes, 'transB', 0) === 1;
    const shape = productShape(a.shape, b.shape, transA, transB);
    const c = inputs[2];
    if (c !== undefined && !sameShape(broadcastShapes(shape, c.shape), shape)) {
      throw shapeError(
        l10n.t('{0} does not broadcast to {1}', formatShape(c.shape), formatShape(shape)),
      );
    }
    return [{ dtype: commonType(inputs), shape }];
  },
  gradient: (context) => {
    const { g, node, upstream, wanted } = context;
    const transA = numberAttribute(node.attributes, 'transA', 0) === 1;
    const transB = numberAttribute(node.attributes, 'transB', 0) === 1;
    const [dy] = upstream;
    const c = node.inputs[2];
    const dc = dy && c && wanted[2] ? sumTo(g, dy, c.shape) : undefined;
    return [...gradient(context, transA, transB, 1), dc];
  },
  onnx: standard({ transA: 'int', transB: 'int' }),
  flops,
};

export const products = { MatMul, FusedMatMul, Gemm };
