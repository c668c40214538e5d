import * as l10n from '@vscode/l10n';
import type { GraphBuilder } from '../../compiler/graph/builder.ts';
import { formatShape, type Value } from '../../compiler/graph/types.ts';
import { product, reshape } from '../../compiler/ops/expressions.ts';
import type { Pair } from '../../compiler/ops/windows.ts';
import { choice, number, optional } from './arguments.ts';
import { defineLayer, LayerProblem } from './definition.ts';
import { featureMapOf, type FeatureMap } from './featureMaps.ts';
import { pairOf, sizes } from './windowArguments.ts';

/** The pixels [start, end) of an axis that one pixel of the output is the weighted sum of. */
interface Share {
  readonly start: number;
  readonly end: number;
  readonly weight: number;
}

/**
 * Brings feature maps to another size, each axis by itself, as products with constant matrices: whatever the shares are, the
 * gradient comes along.
 */
export function alongAxes(
  g: GraphBuilder,
  x: Value,
  { batch, channels, size }: FeatureMap,
  output: Pair,
  shareOf: (position: number, from: number, to: number, axis: 0 | 1) => Share,
): Value {
  /** [to, from]; with `turned` its transpose. */
  const matrix = (axis: 0 | 1, turned: boolean): Value => {
    const [from, to] = [size[axis], output[axis]];
    const data = new Float32Array(from * to);
    for (let position = 0; position < to; position++) {
      const { start, end, weight } = shareOf(position, from, to, axis);
      for (let pixel = start; pixel < end; pixel++) {
        data[turned ? pixel * to + position : position * from + pixel] = weight;
      }
    }
    return g.constant('float32', turned ? [from, to] : [to, from], data);
  };
  const rows = reshape(g, x, [batch * channels * size[0], size[1]]);
  const narrow = product(g, rows, matrix(1, true));
  const planes = reshape(g, narrow, [batch * channels, size[0], output[1]]);
  const resized = product(g, matrix(0, false), planes);
  return reshape(g, resized, [batch, channels, ...output]);
}

export const upsample = defineLayer({
  type: 'Upsample',
  category: 'pooling',
  doc: {
    summary:
      'Makes feature maps [batch, channels, height, width] larger by repeating the nearest pixel.',
    url: 'https://pytorch.org/docs/stable/generated/torch.nn.Upsample.html',
  },
  positional: 'scale_factor',
  arguments: {
    scale_factor: optional(
      number('How many times larger; sizes are rounded down.', { min: 0, includes: 'none' }),
      '`size` is needed',
    ),
    size: optional(
      sizes('Height and width of the output.', { axes: 2, min: 1 }),
      '`scale_factor` is needed',
    ),
    mode: choice('How values between pixels are made.', ['nearest'], 'nearest'),
  },
  parameters: [],
  lower(context, { scale_factor: factor, size }) {
    const { g, input, item } = context;
    const map = featureMapOf(context, 2);
    if ((factor === undefined) === (size === undefined)) {
      throw new LayerProblem(
        'missing-argument',
        l10n.t('Upsample needs scale_factor or size, one of them'),
      );
    }
    const output: Pair =
      size === undefined
        ? [Math.floor(map.size[0] * (factor ?? 1)), Math.floor(map.size[1] * (factor ?? 1))]
        : pairOf(size, 2, 1);
    if (output.some((one) => one < 1)) {
      throw new LayerProblem(
        'bad-value',
        l10n.t(
          'scale_factor {0} leaves nothing of {1} (line {2})',
          String(factor),
          formatShape(input.value.shape),
          input.line,
        ),
        item.places.get('scale_factor'),
      );
    }
    const repeats: Pair = [output[0] / map.size[0], output[1] / map.size[1]];
    if (repeats.every(Number.isInteger)) return repeated(g, input.value, map, repeats);
    return alongAxes(g, input.value, map, output, (position, from, to) => {
      // PyTorch goes by the factor where it is given, which need not be the ratio of the sizes.
      const scale = factor === undefined ? from / to : 1 / factor;
      const start = Math.min(Math.floor(Math.fround(position * Math.fround(scale))), from - 1);
      return { start, end: start + 1, weight: 1 };
    });
  },
});

/** Each pixel `repeats` times, by broadcasting. */
function repeated(
  g: GraphBuilder,
  x: Value,
  { batch, channels, size }: FeatureMap,
  [down, across]: Pair,
): Value {
  const [height, width] = size;
  const split = reshape(g, x, [batch, channels, height, 1, width, 1]);
  const shape = [batch, channels, height, down, width, across];
  const wide = g.op('Expand', [split], { shape });
  return reshape(g, wide, [batch, channels, height * down, width * across]);
}
