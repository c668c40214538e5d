import * as l10n from '@vscode/l10n';
import { shapeError } from '../graph/shapes.ts';
import { formatShape, sizeOf, type Attributes } from '../graph/types.ts';
import { requiredInput, requireType } from './attributes.ts';
import {
  windowAttributes,
  pairAttribute,
  pictureOf,
  positionsOf,
  windowOf,
  type Window,
} from './windows.ts';
import { standard, type OpDefinition } from './definition.ts';
import { reshape, scale } from './expressions.ts';

const attributes = {
  kernel_shape: 'ints',
  strides: 'ints',
  pads: 'ints',
  dilations: 'ints',
} as const;

/** A pool's window; the runtime refuses pads as wide as the window. */
function poolWindow(node: Attributes): Window {
  const kernel = pairAttribute(node, 'kernel_shape');
  const window = windowOf(node, kernel);
  if (window.pads.every((pad, side) => pad < kernel[side % 2 === 0 ? 0 : 1])) return window;
  throw shapeError(
    l10n.t(
      'pads [{0}] of a pool must be smaller than its kernel {1}',
      window.pads.join(', '),
      formatShape(kernel),
    ),
  );
}

/**
 * The largest of each window, pads left out. Second output: where it was found in the whole tensor (int64); of equal ones the
 * first, as in PyTorch.
 */
const MaxPool: OpDefinition = {
  infer: (inputs, node) => {
    const { dtype, shape } = requiredInput(inputs, 0);
    const [batch, channels, height, width] = pictureOf(shape, 'MaxPool');
    const pooled = [batch, channels, ...positionsOf(poolWindow(node), [height, width])];
    return [
      { dtype, shape: pooled },
      { dtype: 'int64', shape: pooled },
    ];
  },
  gradient: ({ g, node, upstream: [dy] }) => {
    const [x] = node.inputs;
    const [, places] = node.outputs;
    if (!dy || !x || !places) return [];
    const flat = [sizeOf(dy.shape)];
    const found = g.op(
      'ScatterElements',
      [g.full([sizeOf(x.shape)], 0), reshape(g, places, flat), reshape(g, dy, flat)],
      { axis: 0, reduction: 'add' },
    );
    return [reshape(g, found, x.shape)];
  },
  onnx: standard(attributes),
  flops: (_inputs, outputs) => sizeOf(requiredInput(outputs, 0).shape),
};

/** The sum of each window over the number of its taps, pads counted as zeros (`count_include_pad`). */
const AveragePool: OpDefinition = {
  infer: (inputs, node) => {
    const { dtype, shape } = requiredInput(inputs, 0);
    const [batch, channels, height, width] = pictureOf(shape, 'AveragePool');
    const positions = positionsOf(poolWindow(node), [height, width]);
    return [{ dtype, shape: [batch, channels, ...positions] }];
  },
  gradient: ({ g, node, upstream: [dy] }) => {
    const [x] = node.inputs;
    if (!dy || !x) return [];
    const window = poolWindow(node.attributes);
    const [batch, channels, height, width] = pictureOf(x.shape, 'AveragePool');
    const [, , rows, columns] = pictureOf(dy.shape, 'AveragePool');
    const taps = sizeOf(window.kernel);
    const share = reshape(g, scale(g, dy, 1 / taps), [batch, channels, 1, rows * columns]);
    const all = g.op('Expand', [share], { shape: [batch, channels, taps, rows * columns] });
    return [
      g.op('Col2Im', [reshape(g, all, [batch, channels * taps, rows * columns])], {
        ...windowAttributes(window),
        image_shape: [height, width],
        block_shape: window.kernel,
      }),
    ];
  },
  onnx: standard({ ...attributes, count_include_pad: 'int' }),
  flops: (inputs) => sizeOf(requiredInput(inputs, 0).shape),
};

/**
 * Adds up [batch, channels · taps, positions] where the window puts its taps: [batch, channels, ...image_shape], as
 * `torch.nn.functional.fold`. Used in gradients.
 */
const Col2Im: OpDefinition = {
  infer: (inputs, node) => {
    const { shape, dtype } = requiredInput(inputs, 0);
    requireType(requiredInput(inputs, 0), 'float32');
    const size = pairAttribute(node, 'image_shape');
    const kernel = pairAttribute(node, 'block_shape');
    const positions = sizeOf(positionsOf(windowOf(node, kernel), size));
    const [batch = 0, rows = 0, columns] = shape;
    const channels = rows / sizeOf(kernel);
    if (shape.length !== 3 || columns !== positions || !Number.isInteger(channels)) {
      throw shapeError(
        l10n.t(
          '{0} does not fold to {1} with a kernel {2}: it needs [batch, channels · {3}, {4}]',
          formatShape(shape),
          formatShape(size),
          formatShape(kernel),
          String(sizeOf(kernel)),
          String(positions),
        ),
      );
    }
    return [{ dtype, shape: [batch, channels, ...size] }];
  },
  gradient: 'none',
  onnx: standard({ strides: 'ints', pads: 'ints', dilations: 'ints' }, [
    'image_shape',
    'block_shape',
  ]),
  flops: (inputs) => sizeOf(requiredInput(inputs, 0).shape),
};

export const pooling = { MaxPool, AveragePool, Col2Im };
