import * as l10n from '@vscode/l10n';
import { normalizeAxis, shapeError } from '../graph/shapes.ts';
import { formatShape, sameShape, sizeOf, type TensorType, type Value } from '../graph/types.ts';
import { commonType, numberAttribute, requiredInput } from './attributes.ts';
import { standard, type GradientContext, type OpDefinition } from './definition.ts';
import { columnSum, mul, product, reduceMean, reshape, scale, sub } from './expressions.ts';

/** Outputs: the normalized tensor, and one float per row for each statistic. */
function inferNormalization(rowOutputs: number): OpDefinition['infer'] {
  return (inputs, attributes) => {
    const x = requiredInput(inputs, 0);
    const axis = normalizeAxis(numberAttribute(attributes, 'axis', -1), x.shape.length);
    const rows = x.shape.map((size, index) => (index < axis ? size : 1));
    for (const parameter of inputs.slice(1)) {
      if (!sameShape(parameter.shape, x.shape.slice(axis))) {
        throw shapeError(
          l10n.t(
            'a norm over {0} cannot take a parameter of shape {1}',
            formatShape(x.shape.slice(axis)),
            formatShape(parameter.shape),
          ),
        );
      }
    }
    commonType(inputs);
    const statistic: TensorType = { dtype: 'float32', shape: rows };
    return [
      { dtype: x.dtype, shape: x.shape },
      ...Array.from({ length: rowOutputs }, () => statistic),
    ];
  };
}

interface Rows {
  readonly rows: number;
  readonly features: number;
}

function rowsBefore(node: GradientContext['node'], x: Value): Rows {
  const axis = normalizeAxis(numberAttribute(node.attributes, 'axis', -1), x.shape.length);
  const rows = sizeOf(x.shape.slice(0, axis));
  return { rows, features: sizeOf(x.shape) / rows };
}

/**
 * y = c·inverse·gain + bias with c = x − mean, per row (Ba, Kiros and Hinton 2016). With e = dy·gain:
 * dx = inverse·(e − mean(e) − c·inverse²·mean(e·c)); without centring (RMS) c is x and the term mean(e) falls away. Written with
 * c, which saves a pass over the tensor that xhat = c·inverse would cost. The statistics that come out beside y are for watching: a loss that depends on them is refused rather than differentiated wrongly.
 */
function gradient(
  { g, node, upstream, wanted }: GradientContext,
  mean: Value | undefined,
  inverse: Value | undefined,
): readonly (Value | undefined)[] {
  const [dy, ...statistics] = upstream;
  if (statistics.some((each) => each !== undefined)) {
    throw new Error(`${node.op} has no gradient for its mean and inverse deviation`);
  }
  const [x, gain, bias] = node.inputs;
  if (dy === undefined || x === undefined || gain === undefined || inverse === undefined) return [];
  const { rows, features } = rowsBefore(node, x);
  const matrix = (value: Value): Value => reshape(g, value, [rows, features]);
  const column = (value: Value): Value => reshape(g, value, [rows, 1]);
  const up = matrix(dy);
  const centred = mean === undefined ? matrix(x) : sub(g, matrix(x), column(mean));
  const slopes = mul(g, up, centred);
  const dx = (): Value => {
    const e = mul(g, up, reshape(g, gain, [features]));
    const shifted = mean === undefined ? e : sub(g, e, reduceMean(g, e, [1], 1));
    const rowSlope = product(g, slopes, reshape(g, gain, [features, 1]));
    const square = mul(g, column(inverse), column(inverse));
    const pull = scale(g, mul(g, rowSlope, square), 1 / features);
    return reshape(g, mul(g, sub(g, shifted, mul(g, centred, pull)), column(inverse)), x.shape);
  };
  const dgain = (): Value => product(g, reshape(g, inverse, [1, rows]), slopes);
  return [
    wanted[0] ? dx() : undefined,
    wanted[1] ? reshape(g, dgain(), gain.shape) : undefined,
    wanted[2] && bias ? reshape(g, columnSum(g, up), bias.shape) : undefined,
  ];
}

export const normalization = {
  /** Outputs Y, Mean and InvStdDev = 1 / sqrt(var + epsilon) of each row. */
  LayerNormalization: {
    infer: inferNormalization(2),
    gradient: (context) => gradient(context, context.node.outputs[1], context.node.outputs[2]),
    onnx: standard({ axis: 'int', epsilon: 'float' }),
    flops: (inputs) => 8 * sizeOf(requiredInput(inputs, 0).shape),
  },
  /** RMSNorm (Zhang and Sennrich 2019) as the runtime has it: outputs Y and 1 / sqrt(mean(x²) + epsilon) of each row. */
  SimplifiedLayerNormalization: {
    infer: inferNormalization(1),
    gradient: (context) => gradient(context, undefined, context.node.outputs[1]),
    onnx: standard({ axis: 'int', epsilon: 'float' }),
    flops: (inputs) => 5 * sizeOf(requiredInput(inputs, 0).shape),
  },
} satisfies Record<string, OpDefinition>;
