import type { GraphBuilder } from '../graph/builder.ts';
import type { Shape, Value } from '../graph/types.ts';
import { columnSum, product, reduceSum, reshape, transpose } from './expressions.ts';
import { pictureOf, spanOf, windowAttributes, type Pair, type Window } from './windows.ts';

/** Pixels of a picture from which on a product for each is faster than one for all, which costs transpositions. */
const pixelsPerProduct = 64;
/**
 * Pixels of an output up to which an input's gradient is faster as a product, scattered, than as a convolution; from 8 x 8 on the
 * convolution is, with its pictures folded into one.
 */
const smallMap = 49;

/**
 * Pixels of which planes lie a multiple of 4096 bytes apart: reading a pixel of every channel then meets one set of the first cache
 * only, and the runtime's Transpose takes three times as long as a product with the identity, which is exact for finite numbers.
 */
const conflicting = 1024;
/** Channels up to which that product is the faster one. */
const fewChannels = 32;

/** Conv of `x` with `weight` over `window`. */
export function convolve(
  g: GraphBuilder,
  x: Value,
  weight: Value,
  window: Window,
  group: number,
): Value {
  return g.op('Conv', [x, weight], { ...windowAttributes(window), group });
}

/** The sum over batch and pixels of [batch, channels, height, width]: a bias's gradient. As products: reductions are slower. */
export function channelSum(g: GraphBuilder, dy: Value): Value {
  const [batch, channels, height, width] = pictureOf(dy.shape, 'a bias');
  const pixels = height * width;
  const rows = reshape(g, dy, [batch * channels, pixels]);
  const sums = pixels === 1 ? rows : product(g, rows, g.full([pixels, 1], 1));
  return columnSum(g, reshape(g, sums, [batch, channels]));
}

/** Whether the convolution is a matrix product of channels, pixel by pixel. */
function isPixelwise({ kernel, strides, pads }: Window, group: number): boolean {
  const isOne = (value: number): boolean => value === 1;
  return group === 1 && kernel.every(isOne) && strides.every(isOne) && pads.every((pad) => !pad);
}

/**
 * dL/dw [out, channels / group, height, width] of a convolution of `x` with gradient `dy`: a product for 1×1 kernels, else one
 * convolution in which the batch is what channels were and the stride is the dilation. The picture is x as
 * [1, group · batch, height, width · channels], the kernel dy as [out, batch, rows, columns]; so its product is as large as the
 * forward one's, where batch and channels exchanged would leave a thin one per channel. Where a kernel of one output is smaller
 * than its picture, each picture is a group of its own, and their gradients are summed: nothing needs to be transposed in dy, and
 * pictures are what threads share.
 */
export function weightGradient(
  g: GraphBuilder,
  x: Value,
  dy: Value,
  window: Window,
  group: number,
): Value {
  if (isPixelwise(window, group)) return pixelwiseWeightGradient(g, x, dy);
  const { kernel, strides, dilations, pads } = window;
  const [, outer, rows, columns] = pictureOf(dy.shape, 'a gradient');
  const span = spanOf(window);
  const needed: Pair = [
    (rows - 1) * strides[0] + span[0] - pads[0],
    (columns - 1) * strides[1] + span[1] - pads[1],
  ];
  const image = trim(g, x, needed);
  const [batch, channels, height, width] = pictureOf(image.shape, 'a picture');
  const inner = channels / group;
  const wide = reshape(g, channelsLast(g, image, group), [1, group * batch, height, width * inner]);
  const size = kernel[0] * span[1] * inner;
  const eachPicture = group === 1 && batch > 1 && size <= rows * columns;
  const found = convolve(
    g,
    wide,
    eachPicture
      ? reshape(g, dy, [batch * outer, 1, rows, columns])
      : transpose(g, dy, [1, 0, 2, 3]),
    {
      kernel: [rows, columns],
      strides: [dilations[0], 1],
      dilations: [strides[0], strides[1] * inner],
      pads: [pads[0], pads[1] * inner, needed[0] - height, (needed[1] - width) * inner],
    },
    eachPicture ? batch : group,
  );
  const taps = eachPicture ? columnSum(g, reshape(g, found, [batch, outer * size])) : found;
  // Columns between two taps of a dilated kernel were computed, too.
  const all = reshape(g, taps, [outer, kernel[0], span[1], inner]);
  const chosen = dilations[1] === 1 ? all : every(g, all, 2, kernel[1], dilations[1]);
  return transpose(g, chosen, [0, 3, 1, 2]);
}

/** [group, batch, pixels, channels of a group]: each transposition moves one axis, for which the runtime has a fast path. */
function channelsLast(g: GraphBuilder, x: Value, group: number): Value {
  const [batch, channels, height, width] = pictureOf(x.shape, 'a picture');
  const [pixels, inner] = [height * width, channels / group];
  const planes = reshape(g, x, [batch * group, inner, pixels]);
  const turned =
    pixels % conflicting === 0 && inner > 1 && inner <= fewChannels
      ? product(g, planes, identity(g, inner), { transA: true })
      : transpose(g, planes, [0, 2, 1]);
  const last = reshape(g, turned, [batch, group, pixels * inner]);
  return group === 1 ? last : transpose(g, last, [1, 0, 2]);
}

function identity(g: GraphBuilder, size: number): Value {
  const ones = Float32Array.from({ length: size ** 2 }, (_, at) => (at % (size + 1) ? 0 : 1));
  return g.constant('float32', [size, size], ones);
}

/** The first rows and columns of `x` that the window ever reaches. */
function trim(g: GraphBuilder, x: Value, [rows, columns]: Pair): Value {
  const [, , height, width] = pictureOf(x.shape, 'a picture');
  if (height <= rows && width <= columns) return x;
  const ends = [Math.min(height, rows), Math.min(width, columns)];
  return g.op('Slice', [x], { axes: [2, 3], starts: [0, 0], ends });
}

/** `count` elements of an axis, `step` apart, from the first on. */
function every(g: GraphBuilder, x: Value, axis: number, count: number, step: number): Value {
  const places = BigInt64Array.from({ length: count }, (_, index) => BigInt(index * step));
  return g.op('Gather', [x, g.constant('int64', [count], places)], { axis });
}

function pixelwiseWeightGradient(g: GraphBuilder, x: Value, dy: Value): Value {
  const [batch, channels, height, width] = pictureOf(x.shape, 'a picture');
  const [, outer] = pictureOf(dy.shape, 'a gradient');
  const pixels = height * width;
  const flat = (value: Value, size: number): Value => reshape(g, value, [batch, size, pixels]);
  const up = flat(dy, outer);
  const image = flat(x, channels);
  const found =
    pixels >= pixelsPerProduct
      ? reduceSum(g, product(g, up, image, { transB: true }), [0], 0)
      : product(
          g,
          reshape(g, transpose(g, up, [1, 0, 2]), [outer, batch * pixels]),
          reshape(g, transpose(g, image, [0, 2, 1]), [batch * pixels, channels]),
        );
  return reshape(g, found, [outer, channels, 1, 1]);
}

/**
 * dL/dx of shape `size` of a convolution with `weight` [out, channels / group, height, width] and gradient `dy`, by the form that
 * is fastest for its shape: small pictures as one product, scattered afterwards; stride 1 as a convolution with reversed taps;
 * the rest by the runtime's ConvTranspose, which makes a product per picture.
 */
export function inputGradient(
  g: GraphBuilder,
  dy: Value,
  weight: Value,
  size: Shape,
  window: Window,
  group: number,
): Value {
  const { kernel, strides, dilations, pads } = window;
  const [, , height, width] = pictureOf(size, 'a picture');
  const [, , rows, columns] = pictureOf(dy.shape, 'a gradient');
  if (group === 1 && kernel[0] * kernel[1] > 1 && rows * columns <= smallMap) {
    return scattered(g, dy, weight, size, window);
  }
  const span = spanOf(window);
  const before: Pair = [span[0] - 1 - pads[0], span[1] - 1 - pads[1]];
  const after: Pair = [
    height - rows + span[0] - 1 - before[0],
    width - columns + span[1] - 1 - before[1],
  ];
  const fits = [...before, ...after].every((pad) => pad >= 0);
  if (strides[0] === 1 && strides[1] === 1 && fits) {
    const reversed = reverseTaps(g, weight, group);
    return convolve(
      g,
      dy,
      reversed,
      { kernel, strides, dilations, pads: [...before, ...after] },
      group,
    );
  }
  const reached: Pair = [
    (rows - 1) * strides[0] + span[0] - pads[0] - pads[2],
    (columns - 1) * strides[1] + span[1] - pads[1] - pads[3],
  ];
  return g.op('ConvTranspose', [dy, weight], {
    ...windowAttributes(window),
    group,
    output_padding: [height - reached[0], width - reached[1]],
  });
}

/**
 * The kernel [channels, out / group, height, width] that leads back: channels exchanged, taps in reverse. Between two fast
 * transpositions, so that the reversal moves whole rows of channels and not single taps.
 */
function reverseTaps(g: GraphBuilder, weight: Value, group: number): Value {
  const [outer, inner, height, width] = pictureOf(weight.shape, 'a kernel');
  const [taps, perGroup] = [height * width, outer / group];
  const rows = reshape(g, weight, [group, perGroup, inner * taps]);
  const swapped = reshape(g, transpose(g, rows, [0, 2, 1]), [group * inner, taps, perGroup]);
  const places = BigInt64Array.from({ length: taps }, (_, tap) => BigInt(taps - 1 - tap));
  const reversed =
    taps === 1
      ? swapped
      : g.op('Gather', [swapped, g.constant('int64', [taps], places)], { axis: 1 });
  const kernel = transpose(g, reversed, [0, 2, 1]);
  return reshape(g, kernel, [group * inner, perGroup, height, width]);
}

/**
 * What each output gives to each tap, then each tap's share added to its pixel. The product is one per picture, or, where a
 * picture has few pixels, one for all, whose result must be transposed.
 */
function scattered(g: GraphBuilder, dy: Value, weight: Value, size: Shape, window: Window): Value {
  const [batch, channels, height, width] = pictureOf(size, 'a picture');
  const [, outer, rows, columns] = pictureOf(dy.shape, 'a gradient');
  const pixels = rows * columns;
  const taps = channels * window.kernel[0] * window.kernel[1];
  const up = reshape(g, dy, [batch, outer, pixels]);
  const matrix = reshape(g, weight, [outer, taps]);
  const perPicture = (): Value => product(g, transpose(g, matrix, [1, 0]), up);
  const together = (): Value => {
    const tall = reshape(g, transpose(g, up, [0, 2, 1]), [batch * pixels, outer]);
    return transpose(g, reshape(g, product(g, tall, matrix), [batch, pixels, taps]), [0, 2, 1]);
  };
  return g.op('Col2Im', [pixels >= pixelsPerProduct ? perPicture() : together()], {
    ...windowAttributes(window),
    image_shape: [height, width],
    block_shape: window.kernel,
  });
}
