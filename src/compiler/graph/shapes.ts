import * as l10n from '@vscode/l10n';
import { NormscopeError } from '../../base/errors.ts';
import { allOf } from '../../base/lists.ts';
import { formatShape, type Shape } from './types.ts';

/** A shape or attribute that an op cannot take; `code` is `shape-mismatch` or `bad-attribute`. */
export function shapeError(message: string): NormscopeError {
  return new NormscopeError('input', 'shape-mismatch', message);
}

/** The size of an axis that must exist; axes may count from the end. */
export function axisSize(shape: Shape, axis: number): number {
  const size = shape[normalizeAxis(axis, shape.length)];
  if (size === undefined)
    throw shapeError(l10n.t('axis {0} is not in {1}', String(axis), formatShape(shape)));
  return size;
}

/** An axis in [-rank, rank - 1] as one in [0, rank - 1]; throws when it lies outside (the runtime would not check). */
export function normalizeAxis(axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw shapeError(
      l10n.t('axis {0} is outside a tensor of rank {1}', String(axis), String(rank)),
    );
  }
  return axis < 0 ? axis + rank : axis;
}

/** NumPy's broadcasting of two or more shapes; throws naming the shapes. */
export function broadcastShapes(...shapes: readonly Shape[]): Shape {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    const shift = rank - shape.length;
    shape.forEach((size, axis) => {
      const held = result[axis + shift] ?? 1;
      if (size === 1 || size === held) return;
      if (held !== 1) {
        throw shapeError(l10n.t('shapes {0} do not broadcast', allOf(shapes.map(formatShape))));
      }
      result[axis + shift] = size;
    });
  }
  return result;
}

/** Axes of `shape` over which a gradient of shape `broadcast` must be summed to come back to `shape`, and whether rank falls. */
export function broadcastAxes(shape: Shape, broadcast: Shape): readonly number[] {
  const shift = broadcast.length - shape.length;
  const axes: number[] = [];
  broadcast.forEach((size, axis) => {
    if (axis < shift || (shape[axis - shift] === 1 && size !== 1)) axes.push(axis);
  });
  return axes;
}

/** The shape after reducing `axes`. */
export function reduceShape(shape: Shape, axes: readonly number[], keepdims: boolean): Shape {
  const reduced = new Set(axes.map((axis) => normalizeAxis(axis, shape.length)));
  if (keepdims) return shape.map((size, axis) => (reduced.has(axis) ? 1 : size));
  return shape.filter((_, axis) => !reduced.has(axis));
}

/** All axes of `shape` before the last, and its last size: how a tensor is seen as rows of features. */
export function rowsOf(shape: Shape): { readonly rows: number; readonly features: number } {
  const features = axisSize(shape, -1);
  return { rows: shape.slice(0, -1).reduce((product, size) => product * size, 1), features };
}
