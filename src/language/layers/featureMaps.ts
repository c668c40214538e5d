import * as l10n from '@vscode/l10n';
import { counted } from '../../base/counts.ts';
import { formatShape } from '../../compiler/graph/types.ts';
import {
  positionsOf,
  spanOf,
  totalPads,
  type Pair,
  type Window,
} from '../../compiler/ops/windows.ts';
import { LayerProblem, type LayerContext } from './definition.ts';

/** Sizes of [batch, channels, height, width], or of [batch, channels, length] as one pixel high. */
export interface FeatureMap {
  readonly batch: number;
  readonly channels: number;
  readonly size: Pair;
}

/** The input as feature maps with one or two spatial axes. Throws `shape-mismatch` for any other rank. */
export function featureMapOf(
  { input, item }: Pick<LayerContext, 'input' | 'item'>,
  axes: 1 | 2,
): FeatureMap {
  const { shape } = input.value;
  const [batch = 1, channels = 1, ...size] = shape;
  if (size.length !== axes) {
    const [wanted, example] =
      axes === 2
        ? ['[batch, channels, height, width]', 'Reshape: [1, 28, 28]']
        : ['[batch, channels, length]', 'Reshape: [1, 64]'];
    throw new LayerProblem(
      'shape-mismatch',
      l10n.t(
        '{0} takes {1}, and its input is {2} (line {3}): put e.g. {4} before it',
        item.type,
        wanted,
        formatShape(shape),
        input.line,
        example,
      ),
    );
  }
  const [first = 1, second = 1] = size;
  return { batch, channels, size: axes === 1 ? [1, first] : [first, second] };
}

/** Throws `window-too-large`, with both sizes and the remedy, when the window fits nowhere into the input. */
export function checkWindow(
  { input, item }: Pick<LayerContext, 'input' | 'item'>,
  window: Window,
  { size }: FeatureMap,
  axes: 1 | 2,
): Pair {
  const span = spanOf(window);
  const pads = totalPads(window);
  if ([0, 1].every((axis) => (size[axis] ?? 0) + (pads[axis] ?? 0) >= (span[axis] ?? 0))) {
    return positionsOf(window, size);
  }
  const shown = (pair: Pair): string => (axes === 1 ? String(pair[1]) : pair.join(' × '));
  const padded: Pair = [size[0] + pads[0], size[1] + pads[1]];
  const own = shown(size);
  const isPadded = pads.some((pad) => pad > 0);
  throw new LayerProblem(
    'window-too-large',
    l10n.t(
      'nothing is left: the window of {0} spans {1} pixels, and its input {2} (line {3}) has {4}: take fewer strides before it, a smaller kernel_size, or more padding',
      item.type,
      shown(span),
      formatShape(input.value.shape),
      input.line,
      isPadded ? l10n.t('{0}, {1} with padding', own, shown(padded)) : own,
    ),
    item.places.get('kernel_size'),
  );
}

/** Throws `groups-not-dividing`, with both numbers, unless the groups divide the channels on both sides. */
export function checkGroups(
  { input, item }: Pick<LayerContext, 'input' | 'item'>,
  groups: number,
  channels: number,
  outChannels: number,
): void {
  const place = item.places.get('groups');
  if (channels % groups !== 0) {
    throw new LayerProblem(
      'groups-not-dividing',
      l10n.t(
        'groups {0} does not divide the {1} of the input {2} (line {3})',
        groups,
        counted.channels(channels),
        formatShape(input.value.shape),
        input.line,
      ),
      place,
    );
  }
  if (outChannels % groups !== 0) {
    throw new LayerProblem(
      'groups-not-dividing',
      l10n.t('groups {0} does not divide out_channels {1}', groups, outChannels),
      place,
    );
  }
}
