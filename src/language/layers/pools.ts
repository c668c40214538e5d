import * as l10n from '@vscode/l10n';
import type { GraphBuilder } from '../../compiler/graph/builder.ts';
import { sizeOf, type Value } from '../../compiler/graph/types.ts';
import { mul, product, reshape } from '../../compiler/ops/expressions.ts';
import { spanOf, windowAttributes, type Pair, type Window } from '../../compiler/ops/windows.ts';
import { defaultValue, flag, integer, optional } from './arguments.ts';
import { defineLayer, LayerProblem, type LayerContext } from './definition.ts';
import { checkWindow, featureMapOf, type FeatureMap } from './featureMaps.ts';
import { alongAxes } from './resampling.ts';
import { pairOf, sizes, sizesOrNull, type Sizes } from './windowArguments.ts';

const poolArguments = {
  kernel_size: sizes('Size of the window.', { axes: 2, min: 1 }),
  stride: optional(
    sizes('Pixels from one position of the window to the next.', { axes: 2, min: 1 }),
    '`kernel_size`',
  ),
  padding: sizes('Pixels added on each side; at most half of kernel_size.', {
    axes: 2,
    min: 0,
    fallback: defaultValue(0),
  }),
};

const ceilMode = flag('Whether a last window may stick out at the end.', false);

interface PoolValues {
  readonly kernel_size: Sizes;
  readonly stride: Sizes | undefined;
  readonly padding: Sizes;
  readonly dilation: Sizes;
  readonly ceil_mode: boolean;
}

export const maxPool2d = defineLayer({
  type: 'MaxPool2d',
  category: 'pooling',
  doc: {
    summary: 'The largest value of each window of feature maps [batch, channels, height, width].',
    url: 'https://pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html',
  },
  positional: 'kernel_size',
  arguments: {
    ...poolArguments,
    dilation: sizes('Pixels from one tap of the window to the next.', {
      axes: 2,
      min: 1,
      fallback: defaultValue(1),
    }),
    ceil_mode: ceilMode,
  },
  parameters: [],
  lower(context, values) {
    const { window } = poolOf(context, values);
    const { kernel, pads } = window;
    const [top, left, ...end] = pads;
    // The runtime takes no pads as wide as the kernel, which a dilated window at the end can need.
    const isLegal = end.every((pad, axis) => pad < (kernel[axis] ?? 0));
    const x = isLegal ? context.input.value : withLowest(context.g, context.input.value, end);
    return context.g.op('MaxPool', [x], {
      ...windowAttributes(isLegal ? window : { ...window, pads: [top, left, 0, 0] }),
      kernel_shape: kernel,
    });
  },
});

/** Rows below and columns at the right of a picture that are never the largest. */
function withLowest(g: GraphBuilder, x: Value, end: readonly number[]): Value {
  return end.reduce<Value>((picture, pad, index) => {
    const axis = 2 + index;
    const edge = g.full(picture.shape.with(axis, pad), -Infinity);
    return pad === 0 ? picture : g.op('Concat', [picture, edge], { axis });
  }, x);
}

export const avgPool2d = defineLayer({
  type: 'AvgPool2d',
  category: 'pooling',
  doc: {
    summary: 'The mean of each window of feature maps [batch, channels, height, width].',
    url: 'https://pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html',
  },
  positional: 'kernel_size',
  arguments: {
    ...poolArguments,
    ceil_mode: ceilMode,
    count_include_pad: flag('Whether padding counts as zeros.', true),
    divisor_override: optional(
      integer('What sums are divided by.'),
      'the number of pixels that count',
    ),
  },
  parameters: [],
  lower(context, values) {
    const { g, input } = context;
    const { window, map, positions } = poolOf(context, { ...values, dilation: 1 });
    const { kernel } = window;
    const attributes = {
      ...windowAttributes(window),
      kernel_shape: kernel,
      count_include_pad: 1,
    };
    const pooled = g.op('AveragePool', [input.value], attributes);
    const counts = divisors(window, map, positions, values);
    const taps = sizeOf(kernel);
    if (counts.every((count) => count === taps)) return pooled;
    const factors = Float32Array.from(counts, (count) => taps / count);
    return mul(g, pooled, g.constant('float32', [...positions], factors));
  },
});

/** The pixels that count in each window: PyTorch takes those of the padded picture, or those of the picture itself. */
function divisors(
  { kernel, strides, pads }: Window,
  { size }: FeatureMap,
  [rows, columns]: Pair,
  values: {
    readonly padding: Sizes;
    readonly count_include_pad: boolean;
    readonly divisor_override: number | undefined;
  },
): readonly number[] {
  const along = (axis: 0 | 1, position: number): number => {
    const padding = values.count_include_pad ? pads[axis] : 0;
    const start = position * strides[axis] - pads[axis];
    const end = Math.min(start + kernel[axis], size[axis] + padding);
    return end - Math.max(start, -padding);
  };
  return Array.from({ length: rows * columns }, (_, index) => {
    if (values.divisor_override !== undefined) return values.divisor_override;
    return along(0, Math.floor(index / columns)) * along(1, index % columns);
  });
}

/** The window with the zeros that `ceil_mode` adds at the end, where they let one more position in. */
function poolOf(
  context: LayerContext,
  values: PoolValues,
): { readonly window: Window; readonly map: FeatureMap; readonly positions: Pair } {
  const map = featureMapOf(context, 2);
  const kernel = pairOf(values.kernel_size, 2, 1);
  const strides = pairOf(values.stride ?? values.kernel_size, 2, 1);
  const dilations = pairOf(values.dilation, 2, 1);
  const padding = pairOf(values.padding, 2, 0);
  if (padding.some((pad, axis) => 2 * pad > (kernel[axis] ?? 0))) {
    throw new LayerProblem(
      'bad-value',
      l10n.t(
        'padding {0} is more than half of kernel_size {1}',
        padding.join(' × '),
        kernel.join(' × '),
      ),
      context.item.places.get('padding'),
    );
  }
  const span = spanOf({ kernel, dilations });
  const end = (axis: 0 | 1): number => {
    const overhang = map.size[axis] + 2 * padding[axis] - span[axis];
    const last = Math.ceil(overhang / strides[axis]);
    // A window that starts behind the picture is left out.
    const isInside = last * strides[axis] < map.size[axis] + padding[axis];
    const missing = last * strides[axis] - overhang;
    return padding[axis] + (values.ceil_mode && overhang >= 0 && isInside ? missing : 0);
  };
  const pads = [...padding, end(0), end(1)] as const;
  const window = { kernel, strides, dilations, pads };
  return { window, map, positions: checkWindow(context, window, map, 2) };
}

export const adaptiveAvgPool2d = defineLayer({
  type: 'AdaptiveAvgPool2d',
  category: 'pooling',
  doc: {
    summary:
      'Brings feature maps [batch, channels, height, width] to a given height and width by means over windows of about equal size; 1 is the mean of each channel.',
    url: 'https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html',
  },
  positional: 'output_size',
  arguments: {
    output_size: sizesOrNull('Height and width of the output; null keeps that of the input.'),
  },
  parameters: [],
  lower(context, { output_size }) {
    const { g, input } = context;
    const map = featureMapOf(context, 2);
    const [height, width] = output_size;
    const output: Pair = [height ?? map.size[0], width ?? map.size[1]];
    if (output.every((size) => size === 1)) return channelMeans(g, input.value, map);
    return alongAxes(g, input.value, map, output, (position, from, to) => {
      const start = Math.floor((position * from) / to);
      const end = Math.ceil(((position + 1) * from) / to);
      return { start, end, weight: 1 / (end - start) };
    });
  },
});

/** As a product with a constant vector, which the runtime does faster than its reduction. */
function channelMeans(g: GraphBuilder, x: Value, { batch, channels, size }: FeatureMap): Value {
  const pixels = sizeOf(size);
  const rows = reshape(g, x, [batch * channels, pixels]);
  return reshape(g, product(g, rows, g.full([pixels, 1], 1 / pixels)), [batch, channels, 1, 1]);
}
