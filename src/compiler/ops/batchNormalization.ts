import * as l10n from '@vscode/l10n';
import type { GraphBuilder } from '../graph/builder.ts';
import { axisSize, shapeError } from '../graph/shapes.ts';
import { formatShape, sameShape, sizeOf, type Node, type Value } from '../graph/types.ts';
import { commonType, numberAttribute, requiredInput } from './attributes.ts';
import { standard, type GradientContext, type OpDefinition } from './definition.ts';
import { add, columnSum, mul, negate, reduceSum, reshape, scale, sub } from './expressions.ts';

/** Below this many positions of a channel, a product per channel costs more than a pass over the tensor. */
const shortChannel = 256;

function isTraining(attributes: Node['attributes']): boolean {
  return numberAttribute(attributes, 'training_mode', 0) === 1;
}

/** Sums over everything but the channels: of `a`, or of `a · b`, both [cases, channels, positions]; [channels]. */
function channelSum(g: GraphBuilder, a: Value, b?: Value): Value {
  const [cases = 1, channels = 1, positions = 1] = a.shape;
  if (b !== undefined && positions >= shortChannel) {
    const row = (value: Value): Value => reshape(g, value, [cases * channels, 1, positions]);
    const dots = g.op('FusedMatMul', [row(a), row(b)], { transA: 0, transB: 1, alpha: 1 });
    return columnSum(g, reshape(g, dots, [cases, channels]));
  }
  const terms = b === undefined ? a : mul(g, a, b);
  const perCase = positions === 1 ? terms : reduceSum(g, terms, [2], 0);
  return columnSum(g, reshape(g, perCase, [cases, channels]));
}

/** slope · x + shift per channel, in one pass: the op itself, with mean 0 and variance 1. */
function channelAffine(g: GraphBuilder, x: Value, slope: Value, shift: Value): Value {
  const channels = axisSize(x.shape, 1);
  const inputs = [x, slope, shift, g.full([channels], 0), g.full([channels], 1)];
  return g.op('BatchNormalization', inputs, { training_mode: 0, epsilon: 0 });
}

/**
 * Of a batch (Ioffe and Szegedy 2015), with xhat = (x − mean)·inverse, m elements per channel, s1 = Σ dy and s2 = Σ dy·xhat:
 * dx = gain·inverse·(dy − s1/m − xhat·s2/m), written as A·(dy + (B·x + C)) with one A, B and C per channel; A comes last, where a
 * convolution before the norm takes it over. Sums over x instead of x − mean lose as many digits as x itself has lost by being
 * rounded.
 *
 * With given statistics y is linear in x, and the statistics have gradients as well.
 */
function gradient(context: GradientContext): readonly (Value | undefined)[] {
  const { g, node, upstream, wanted } = context;
  const [dy, ...statistics] = upstream;
  if (statistics.some((each) => each !== undefined)) {
    throw new Error('BatchNormalization has no gradient for its mean and variance');
  }
  const [x, gain, bias, givenMean, givenVariance] = node.inputs;
  const training = isTraining(node.attributes);
  const mean = training ? node.outputs[1] : givenMean;
  const variance = training ? node.outputs[2] : givenVariance;
  if (!dy || !x || !gain || !bias || !mean || !variance) return [];
  const channels = axisSize(x.shape, 1);
  const cases = axisSize(x.shape, 0);
  const positions = sizeOf(x.shape) / (cases * channels);
  const view = (value: Value): Value => reshape(g, value, [cases, channels, positions]);
  const column = (value: Value): Value => reshape(g, value, [channels, 1]);
  const epsilon = g.scalar(numberAttribute(node.attributes, 'epsilon'));
  const inverse = g.op('Reciprocal', [g.op('Sqrt', [add(g, variance, epsilon)])]);
  const slope = mul(g, gain, inverse);
  const s1 = channelSum(g, view(dy));
  const dGain = mul(g, inverse, sub(g, channelSum(g, view(dy), view(x)), mul(g, mean, s1)));
  if (!training) {
    const through = mul(g, view(dy), column(slope));
    const dMean = negate(g, mul(g, slope, s1));
    const dVariance = scale(g, mul(g, mul(g, slope, inverse), dGain), -0.5);
    return [reshape(g, through, x.shape), dGain, s1, dMean, dVariance];
  }
  const dx = (): Value => {
    const elements = cases * positions;
    const b = scale(g, mul(g, inverse, dGain), -1 / elements);
    const c = negate(g, add(g, mul(g, b, mean), scale(g, s1, 1 / elements)));
    const centred = add(g, view(dy), channelAffine(g, view(x), b, c));
    return reshape(g, mul(g, centred, column(slope)), x.shape);
  };
  return [wanted[0] ? dx() : undefined, dGain, s1];
}

export const batchNormalization = {
  /**
   * Inputs x [cases, channels, ...], gain and bias [channels]. With `training_mode` 1 normalizes by the batch's own mean and
   * biased variance per channel, which are the second and third output; with 0 by those given as fourth and fifth input.
   */
  BatchNormalization: {
    infer: (inputs, attributes) => {
      const mode = numberAttribute(attributes, 'training_mode', 0);
      if (mode !== 0 && mode !== 1) throw shapeError(`training_mode is 0 or 1, not ${mode}`);
      if (mode === 1 && numberAttribute(attributes, 'momentum') !== 0) {
        throw shapeError('momentum is 0: the second output is the mean of this batch alone');
      }
      const wanted = mode === 1 ? 3 : 5;
      if (inputs.length !== wanted) {
        throw shapeError(`training_mode ${mode} takes ${wanted} inputs, not ${inputs.length}`);
      }
      const { shape } = requiredInput(inputs, 0);
      const dtype = commonType(inputs);
      const channels = [axisSize(shape, 1)];
      for (const parameter of inputs.slice(1)) {
        if (sameShape(parameter.shape, channels)) continue;
        throw shapeError(
          l10n.t(
            'a BatchNorm of {0} needs {1}, not {2}',
            formatShape(shape),
            formatShape(channels),
            formatShape(parameter.shape),
          ),
        );
      }
      const y = { dtype, shape };
      return mode === 1 ? [y, { dtype, shape: channels }, { dtype, shape: channels }] : [y];
    },
    gradient,
    onnx: {
      ...standard({ training_mode: 'int', epsilon: 'float', momentum: 'float' }),
      // The runtime writes the statistics of a batch into the running ones that it is given.
      scratch: (attributes) => (isTraining(attributes) ? 2 : 0),
    },
    flops: (inputs) => 8 * sizeOf(requiredInput(inputs, 0).shape),
  },
} satisfies Record<string, OpDefinition>;
