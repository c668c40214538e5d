import * as l10n from '@vscode/l10n';
import type { Value } from '../../compiler/graph/types.ts';
import type { Window } from '../../compiler/ops/windows.ts';
import { LayerProblem, type LayerContext } from './definition.ts';
import type { FeatureMap } from './featureMaps.ts';
import { alongAxes } from './resampling.ts';

/** What stands around a picture that is convolved, as PyTorch's `padding_mode`. */
export const paddingModes = ['zeros', 'reflect', 'replicate', 'circular'] as const;

type OwnPixels = Exclude<(typeof paddingModes)[number], 'zeros'>;

/** The pixel of a line of `length` pixels that stands at `position`, which may be before or behind it. */
const pixelAt: Readonly<Record<OwnPixels, (position: number, length: number) => number>> = {
  reflect: (position, length) => {
    const folded = Math.abs(position);
    return folded < length ? folded : 2 * (length - 1) - folded;
  },
  replicate: (position, length) => Math.min(Math.max(position, 0), length - 1),
  circular: (position, length) => (position + length) % length,
};

/**
 * Feature maps [batch, channels, height, width] with pixels of their own around them, as wide as `pads` says. Throws `bad-value` where
 * a reflection or the other end of the picture does not reach that far, as PyTorch.
 */
export function withOwnPixels(
  context: LayerContext,
  image: Value,
  map: FeatureMap,
  pads: Window['pads'],
  mode: OwnPixels,
): Value {
  const [height, width] = map.size;
  const [top, left, bottom, right] = pads;
  const needed = [Math.max(top, bottom), Math.max(left, right)] as const;
  const most = { reflect: -1, circular: 0, replicate: Infinity }[mode];
  if (needed[0] > height + most || needed[1] > width + most) {
    throw new LayerProblem(
      'bad-value',
      l10n.t(
        'padding {0} with padding_mode {1} reaches beyond the {2} pixels of the input (line {3}): take less padding, or padding_mode: replicate',
        needed.join(' × '),
        mode,
        map.size.join(' × '),
        context.input.line,
      ),
      context.item.places.get('padding_mode'),
    );
  }
  const before = [top, left] as const;
  const size = [top + height + bottom, left + width + right] as const;
  return alongAxes(context.g, image, map, size, (position, from, _to, axis) => {
    const start = pixelAt[mode](position - before[axis], from);
    return { start, end: start + 1, weight: 1 };
  });
}
