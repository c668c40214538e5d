import * as l10n from '@vscode/l10n';
import { counted } from '../../base/counts.ts';
import { formatShape, type Value } from '../../compiler/graph/types.ts';
import { reshape } from '../../compiler/ops/expressions.ts';
import { spanOf, windowAttributes, type Pair, type Window } from '../../compiler/ops/windows.ts';
import { choice, defaultValue, flag, integer, optional, type ValuesOf } from './arguments.ts';
import { defineLayer, LayerProblem, type LayerContext } from './definition.ts';
import { checkGroups, checkWindow, featureMapOf, type FeatureMap } from './featureMaps.ts';
import { uniformByFanIn } from './initializers.ts';
import { paddingModes, withOwnPixels } from './paddingModes.ts';
import { pairOf, sizes, sizesOrWord } from './windowArguments.ts';

const paddingWords = ['same', 'valid'] as const;

function convolutionArguments(axes: 1 | 2) {
  return {
    out_channels: integer('Channels of the output.', { max: 2 ** 20 }),
    kernel_size: sizes('Size of the kernel.', { axes, min: 1 }),
    stride: sizes('Pixels from one position of the kernel to the next.', {
      axes,
      min: 1,
      fallback: defaultValue(1),
    }),
    padding: sizesOrWord(
      'Zeros on each side; `same` keeps the size (stride 1 only), `valid` is 0.',
      paddingWords,
      { axes, min: 0, fallback: defaultValue(0) },
    ),
    dilation: sizes('Pixels from one tap of the kernel to the next.', {
      axes,
      min: 1,
      fallback: defaultValue(1),
    }),
    padding_mode: choice(
      'What stands around the picture: zeros, or pixels of its own, mirrored at the edge, repeating it, or from the other side.',
      paddingModes,
      'zeros',
    ),
    ...channelArguments,
  };
}

const channelArguments = {
  groups: integer(
    'Groups of channels that are convolved apart; as many as input channels: depthwise.',
    { fallback: defaultValue(1) },
  ),
  bias: flag('Whether to add a bias per channel.', true),
  in_channels: optional(
    integer('Channels of the input, to be checked.'),
    'the channels of the input',
  ),
};

type ConvolutionValues = ValuesOf<ReturnType<typeof convolutionArguments>>;

export const conv1d = defineLayer({
  type: 'Conv1d',
  category: 'convolution',
  doc: {
    summary: 'Slides trained kernels along sequences [batch, channels, length].',
    formula: 'y[o, p] = bias[o] + Σ weight[o, i, k] · x[i, p · stride + k · dilation − padding]',
    url: 'https://pytorch.org/docs/stable/generated/torch.nn.Conv1d.html',
  },
  positional: 'out_channels',
  arguments: convolutionArguments(1),
  parameters: ['weight', 'bias'],
  lower: (context, values) => convolve(context, values, 1),
});

export const conv2d = defineLayer({
  type: 'Conv2d',
  category: 'convolution',
  doc: {
    summary: 'Slides trained kernels over feature maps [batch, channels, height, width].',
    formula: 'y[o, p] = bias[o] + Σ weight[o, i, k] · x[i, p · stride + k · dilation − padding]',
    url: 'https://pytorch.org/docs/stable/generated/torch.nn.Conv2d.html',
  },
  positional: 'out_channels',
  arguments: convolutionArguments(2),
  parameters: ['weight', 'bias'],
  lower: (context, values) => convolve(context, values, 2),
});

function convolve(context: LayerContext, values: ConvolutionValues, axes: 1 | 2): Value {
  const { g, input } = context;
  const map = featureMapOf(context, axes);
  checkInChannels(context, values.in_channels, map);
  checkGroups(context, values.groups, map.channels, values.out_channels);
  const window = windowOf(context, values, axes);
  const positions = checkWindow(context, window, map, axes);
  const inner = map.channels / values.groups;
  const [weight, bias] = parametersOf(
    context,
    [values.out_channels, inner, ...window.kernel.slice(2 - axes)],
    values.bias ? values.out_channels : undefined,
  );
  const kernel = reshape(g, weight, [values.out_channels, inner, ...window.kernel]);
  const plain = reshape(g, input.value, [map.batch, map.channels, ...map.size]);
  const { padding_mode: mode } = values;
  const isWidened = mode !== 'zeros' && window.pads.some((pad) => pad > 0);
  const image = isWidened ? withOwnPixels(context, plain, map, window.pads, mode) : plain;
  const inside = isWidened ? { ...window, pads: [0, 0, 0, 0] as const } : window;
  const output = g.op('Conv', bias ? [image, kernel, bias] : [image, kernel], {
    ...windowAttributes(inside),
    group: values.groups,
  });
  return reshape(g, output, [map.batch, values.out_channels, ...positions.slice(2 - axes)]);
}

/** PyTorch's kaiming_uniform with a = √5, which is uniform in ±1 / √fan_in, for weight and bias. */
function parametersOf(
  context: LayerContext,
  shape: readonly number[],
  biasSize: number | undefined,
): readonly [weight: Value, bias: Value | undefined] {
  const initial = uniformByFanIn(shape.slice(1).reduce((product, size) => product * size, 1));
  const weight = context.parameter('weight', shape, initial);
  return [
    weight,
    biasSize === undefined ? undefined : context.parameter('bias', [biasSize], initial),
  ];
}

function checkInChannels(
  { input, item }: LayerContext,
  wanted: number | undefined,
  { channels }: FeatureMap,
): void {
  if (wanted === undefined || wanted === channels) return;
  throw new LayerProblem(
    'shape-mismatch',
    l10n.t(
      'in_channels is {0}, and the input {1} (line {2}) has {3}: leave in_channels out, or correct it',
      wanted,
      formatShape(input.value.shape),
      input.line,
      counted.channels(channels),
    ),
    item.places.get('in_channels'),
  );
}

function windowOf(
  { item }: LayerContext,
  values: Pick<ConvolutionValues, 'kernel_size' | 'stride' | 'padding' | 'dilation'>,
  axes: 1 | 2,
): Window {
  const kernel = pairOf(values.kernel_size, axes, 1);
  const strides = pairOf(values.stride, axes, 1);
  const dilations = pairOf(values.dilation, axes, 1);
  if (values.padding === 'same') {
    if (strides.some((stride) => stride > 1)) {
      throw new LayerProblem(
        'bad-value',
        l10n.t(
          'padding: same keeps the size, and stride {0} does not: give the padding as a number',
          strides.slice(2 - axes).join(' × '),
        ),
        item.places.get('padding'),
      );
    }
    // As in PyTorch, an odd zero more goes to the end.
    const [rows, columns] = spanOf({ kernel, dilations });
    const before: Pair = [(rows - 1) >> 1, (columns - 1) >> 1];
    const pads = [...before, rows - 1 - before[0], columns - 1 - before[1]] as const;
    return { kernel, strides, dilations, pads };
  }
  const padding = pairOf(values.padding === 'valid' ? 0 : values.padding, axes, 0);
  return { kernel, strides, dilations, pads: [...padding, ...padding] };
}

export const convTranspose2d = defineLayer({
  type: 'ConvTranspose2d',
  category: 'convolution',
  doc: {
    summary:
      'Spreads each pixel of feature maps [batch, channels, height, width] by trained kernels: the gradient of Conv2d, which makes maps larger where its stride is above 1.',
    formula: 'y[o, p · stride + k · dilation − padding] = bias[o] + Σ weight[i, o, k] · x[i, p]',
    url: 'https://pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html',
  },
  positional: 'out_channels',
  arguments: {
    out_channels: integer('Channels of the output.', { max: 2 ** 20 }),
    kernel_size: sizes('Size of the kernel.', { axes: 2, min: 1 }),
    stride: sizes('Pixels of the output from one pixel of the input to the next.', {
      axes: 2,
      min: 1,
      fallback: defaultValue(1),
    }),
    padding: sizes('Pixels of the output left out on each side.', {
      axes: 2,
      min: 0,
      fallback: defaultValue(0),
    }),
    output_padding: sizes(
      'Rows and columns added at the end; below stride or dilation, whichever is larger.',
      { axes: 2, min: 0, fallback: defaultValue(0) },
    ),
    dilation: sizes('Pixels from one tap of the kernel to the next.', {
      axes: 2,
      min: 1,
      fallback: defaultValue(1),
    }),
    ...channelArguments,
  },
  parameters: ['weight', 'bias'],
  lower(context, values) {
    const { g, input, item } = context;
    const map = featureMapOf(context, 2);
    checkInChannels(context, values.in_channels, map);
    checkGroups(context, values.groups, map.channels, values.out_channels);
    const window = windowOf(context, values, 2);
    const outputPadding = pairOf(values.output_padding, 2, 0);
    if (
      outputPadding.some(
        (pad, axis) => pad >= Math.max(window.strides[axis] ?? 1, window.dilations[axis] ?? 1),
      )
    ) {
      throw new LayerProblem(
        'bad-value',
        l10n.t(
          'output_padding {0} must be below stride {1} or dilation {2}',
          outputPadding.join(' × '),
          window.strides.join(' × '),
          window.dilations.join(' × '),
        ),
        item.places.get('output_padding'),
      );
    }
    const [weight, bias] = parametersOf(
      context,
      [map.channels, values.out_channels / values.groups, ...window.kernel],
      values.bias ? values.out_channels : undefined,
    );
    return g.op('ConvTranspose', bias ? [input.value, weight, bias] : [input.value, weight], {
      ...windowAttributes(window),
      group: values.groups,
      output_padding: outputPadding,
    });
  },
});
