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
      `${item.type} takes ${wanted}, and its input is ${formatShape(shape)} (line ${input.line}): put e.g. ${example} before it`,
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
  const withPads = pads.some((pad) => pad > 0) ? `, ${shown(padded)} with padding` : '';
  throw new LayerProblem(
    'window-too-large',
    `nothing is left: the window of ${item.type} spans ${shown(span)} pixels, and its input ${formatShape(input.value.shape)} (line ${input.line}) has ${shown(size)}${withPads}: take fewer strides before it, a smaller kernel_size, or more padding`,
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
      `groups ${groups} does not divide the ${channels} channels of the input ${formatShape(input.value.shape)} (line ${input.line})`,
      place,
    );
  }
  if (outChannels % groups !== 0) {
    throw new LayerProblem(
      'groups-not-dividing',
      `groups ${groups} does not divide out_channels ${outChannels}`,
      place,
    );
  }
}
