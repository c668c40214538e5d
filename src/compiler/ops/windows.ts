import * as l10n from '@vscode/l10n';
import { shapeError } from '../graph/shapes.ts';
import { formatShape, type Attributes, type Shape } from '../graph/types.ts';
import { listAttribute, numberAttribute } from './attributes.ts';

/** Height and width, in pixels, taps or steps. */
export type Pair = readonly [height: number, width: number];

/** How a window of `kernel` taps moves over a picture: what convolutions and pools have in common. */
export interface Window {
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  /** Zeros around the picture: ONNX's order top, left, bottom, right. */
  readonly pads: readonly [top: number, left: number, bottom: number, right: number];
}

/** The attributes of a node over such a window; the kernel is an attribute of pools only. */
export function windowAttributes({ strides, dilations, pads }: Window): Attributes {
  return { strides, dilations, pads };
}

/** The window of a node, `kernel` given. Throws `shape-mismatch` for numbers that no window has. */
export function windowOf(attributes: Attributes, kernel: Pair): Window {
  const [top = 0, left = 0, bottom = 0, right = 0] = wholeNumbers(attributes, 'pads', 4, 0);
  return {
    kernel,
    strides: pairAttribute(attributes, 'strides'),
    dilations: pairAttribute(attributes, 'dilations'),
    pads: [top, left, bottom, right],
  };
}

/** A pair of numbers of at least 1. */
export function pairAttribute(attributes: Attributes, name: string): Pair {
  const [height = 1, width = 1] = wholeNumbers(attributes, name, 2, 1);
  return [height, width];
}

export function wholeNumbers(
  attributes: Attributes,
  name: string,
  count: number,
  least: number,
): readonly number[] {
  const list = listAttribute(attributes, name);
  if (list.length !== count || !list.every((one) => Number.isInteger(one) && one >= least)) {
    throw shapeError(
      l10n.t(
        '{0} [{1}] must be {2} whole numbers of at least {3}',
        name,
        list.join(', '),
        String(count),
        String(least),
      ),
    );
  }
  return list;
}

/** The number of groups, which divides the channels. */
export function groupAttribute(attributes: Attributes): number {
  const group = numberAttribute(attributes, 'group', 1);
  if (Number.isInteger(group) && group >= 1) return group;
  throw shapeError(l10n.t('group {0} must be a whole number of at least 1', String(group)));
}

/** Pixels that a kernel spans: (taps − 1) · dilation + 1. */
export function spanOf({ kernel, dilations }: Pick<Window, 'kernel' | 'dilations'>): Pair {
  return [(kernel[0] - 1) * dilations[0] + 1, (kernel[1] - 1) * dilations[1] + 1];
}

/** [batch, channels, height, width] of a picture; throws for another rank. */
export function pictureOf(shape: Shape, what: string): readonly [number, number, number, number] {
  const [batch, channels, height, width, ...rest] = shape;
  if (batch && channels && height && width && rest.length === 0) {
    return [batch, channels, height, width];
  }
  throw shapeError(
    l10n.t('{0} needs [batch, channels, height, width], not {1}', what, formatShape(shape)),
  );
}

/** Positions of the window over a picture of `size`: floor((size + pads − span) / stride) + 1. Throws when there is none. */
export function positionsOf(window: Window, size: Pair): Pair {
  const span = spanOf(window);
  const pads = totalPads(window);
  const along = (axis: 0 | 1): number =>
    Math.floor((size[axis] + pads[axis] - span[axis]) / window.strides[axis]) + 1;
  const positions: Pair = [along(0), along(1)];
  if (positions[0] >= 1 && positions[1] >= 1) return positions;
  throw shapeError(
    l10n.t(
      'a window that spans {0} does not fit a picture of {1} with pads [{2}]',
      formatShape(span),
      formatShape(size),
      window.pads.join(', '),
    ),
  );
}

/** The pads before and after a picture along an axis, together. */
export function totalPads({ pads }: Pick<Window, 'pads'>): Pair {
  return [pads[0] + pads[2], pads[1] + pads[3]];
}
