import * as l10n from '@vscode/l10n';
import { counted } from '../../base/counts.ts';
import { allOf } from '../../base/lists.ts';
import { shapeError } from '../graph/shapes.ts';
import { formatShape, sameShape, sizeOf, type Shape, type TensorType } from '../graph/types.ts';
import { commonType, requiredInput } from './attributes.ts';
import { channelSum, convolve, inputGradient, weightGradient } from './convolutionGradients.ts';
import { standard, type OpDefinition } from './definition.ts';
import { scaledGradient } from './scaledGradient.ts';
import {
  groupAttribute,
  pictureOf,
  positionsOf,
  spanOf,
  totalPads,
  wholeNumbers,
  windowOf,
  type Window,
} from './windows.ts';

const attributes = {
  strides: 'ints',
  pads: 'ints',
  dilations: 'ints',
  group: 'int',
} as const;

/** Groups that divide the channels on both sides; `inner` are the channels of one group's input. */
function checkChannels(
  { channels, inner, outer, group }: Readonly<Record<string, number>>,
  shapes: readonly Shape[],
): void {
  if (channels === (inner ?? 0) * (group ?? 1) && (outer ?? 0) % (group ?? 1) === 0) return;
  throw shapeError(
    l10n.t('{0} do not convolve with groups {1}', allOf(shapes.map(formatShape)), String(group)),
  );
}

function checkBias(bias: TensorType | undefined, channels: number): void {
  if (bias === undefined || sameShape(bias.shape, [channels])) return;
  throw shapeError(
    l10n.t(
      '{0} cannot take a bias of shape {1}',
      counted.channels(channels),
      formatShape(bias.shape),
    ),
  );
}

function windowOver(node: Parameters<OpDefinition['infer']>[1], weight: TensorType): Window {
  const [, , height, width] = pictureOf(weight.shape, 'a kernel');
  return windowOf(node, [height, width]);
}

/**
 * y[n, o, p] = bias[o] + Σ over channels i of o's group and taps k of x[n, i, p · stride + k · dilation − pad] · w[o, i, k], of
 * x [batch, channels, height, width] and w [out, channels / group, height, width]; as `torch.nn.functional.conv2d`.
 */
const Conv: OpDefinition = {
  infer: (inputs, node) => {
    const x = requiredInput(inputs, 0);
    const weight = requiredInput(inputs, 1);
    const [batch, channels, height, width] = pictureOf(x.shape, 'Conv');
    const [outer, inner] = pictureOf(weight.shape, 'a kernel');
    const group = groupAttribute(node);
    checkChannels({ channels, inner, outer, group }, [x.shape, weight.shape]);
    checkBias(inputs[2], outer);
    const positions = positionsOf(windowOver(node, weight), [height, width]);
    return [{ dtype: commonType(inputs), shape: [batch, outer, ...positions] }];
  },
  gradient: ({ g, node, upstream: [dy], wanted }) => {
    const [x, weight, bias] = node.inputs;
    if (!dy || !x || !weight) return [];
    const window = windowOver(node.attributes, weight);
    const group = groupAttribute(node.attributes);
    const { rest, scaled } = scaledGradient(g, dy, weight);
    return [
      wanted[0] ? inputGradient(g, rest, scaled(weight), x.shape, window, group) : undefined,
      wanted[1] ? scaled(weightGradient(g, x, rest, window, group)) : undefined,
      bias && wanted[2] ? scaled(channelSum(g, rest)) : undefined,
    ];
  },
  onnx: standard(attributes),
  flops: (inputs, outputs) =>
    2 * sizeOf(requiredInput(outputs, 0).shape) * sizeOf(requiredInput(inputs, 1).shape.slice(1)),
};

/**
 * Conv's gradient towards its input as an op of its own: y[n, o, p · stride + k · dilation − pad] sums x[n, i, p] · w[i, o, k], of
 * w [channels, out / group, height, width]; as `torch.nn.functional.conv_transpose2d`. `output_padding` adds rows and columns at
 * the end, which a stride leaves open.
 */
const ConvTranspose: OpDefinition = {
  infer: (inputs, node) => {
    const x = requiredInput(inputs, 0);
    const weight = requiredInput(inputs, 1);
    const [batch, channels, height, width] = pictureOf(x.shape, 'ConvTranspose');
    const [from, inner] = pictureOf(weight.shape, 'a kernel');
    const group = groupAttribute(node);
    checkChannels({ channels, inner: from / group, outer: from, group }, [x.shape, weight.shape]);
    checkBias(inputs[2], inner * group);
    const window = windowOver(node, weight);
    const [below = 0, right = 0] = wholeNumbers(node, 'output_padding', 2, 0);
    const span = spanOf(window);
    const pads = totalPads(window);
    const size = [
      (height - 1) * window.strides[0] + span[0] - pads[0] + below,
      (width - 1) * window.strides[1] + span[1] - pads[1] + right,
    ];
    if (size.some((one) => one < 1)) {
      throw shapeError(
        l10n.t(
          'ConvTranspose of {0} with pads [{1}] leaves no picture: {2}',
          formatShape(x.shape),
          window.pads.join(', '),
          formatShape(size),
        ),
      );
    }
    return [{ dtype: commonType(inputs), shape: [batch, inner * group, ...size] }];
  },
  gradient: ({ g, node, upstream: [dy], wanted }) => {
    const [x, weight, bias] = node.inputs;
    if (!dy || !x || !weight) return [];
    const window = windowOver(node.attributes, weight);
    const group = groupAttribute(node.attributes);
    return [
      wanted[0] ? convolve(g, dy, weight, window, group) : undefined,
      wanted[1] ? weightGradient(g, dy, x, window, group) : undefined,
      bias && wanted[2] ? channelSum(g, dy) : undefined,
    ];
  },
  onnx: standard({ ...attributes, output_padding: 'ints' }),
  flops: (inputs) =>
    2 * sizeOf(requiredInput(inputs, 0).shape) * sizeOf(requiredInput(inputs, 1).shape.slice(1)),
};

export const convolution = { Conv, ConvTranspose };
