import type { Value } from '../../compiler/graph/types.ts';
import { sizeOf } from '../../compiler/graph/types.ts';
import { axisSize } from '../../compiler/graph/shapes.ts';
import { product, reshape } from '../../compiler/ops/expressions.ts';
import type { LayerContext } from './definition.ts';

/** x · weightᵀ + bias over the last axis of `x`; weight is [out, in] as PyTorch stores it. */
export function affine(
  context: Pick<LayerContext, 'g'>,
  x: Value,
  weight: Value,
  bias: Value | undefined,
): Value {
  const { g } = context;
  const features = axisSize(x.shape, -1);
  const rows = reshape(g, x, [sizeOf(x.shape) / features, features]);
  const result =
    bias === undefined
      ? product(g, rows, weight, { transB: true })
      : g.op('Gemm', [rows, weight, bias], { transB: 1 });
  return reshape(g, result, [...x.shape.slice(0, -1), axisSize(weight.shape, 0)]);
}
