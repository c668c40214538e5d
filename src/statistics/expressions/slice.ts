import * as l10n from '@vscode/l10n';
import { ExpressionError, type AxisIndex } from './syntax.ts';
import { elements, type Tensor } from './values.ts';

interface Span {
  readonly start: number;
  readonly size: number;
  /** A single position: the axis goes away. */
  readonly isDropped: boolean;
}

/** The shape of `x[axes]`. Throws `ExpressionError` for too many axes, or a position outside. */
export function sliceShape(
  shape: readonly number[],
  axes: readonly AxisIndex[],
  at: number,
): readonly number[] {
  return spansOf(shape, axes, at)
    .filter(({ isDropped }) => !isDropped)
    .map(({ size }) => size);
}

function spansOf(
  shape: readonly number[],
  axes: readonly AxisIndex[],
  at: number,
): readonly Span[] {
  if (axes.length > shape.length) {
    const has = `[${shape.join(', ')}]`;
    throw new ExpressionError(
      l10n.t('{0} indices are too many for a tensor {1}', axes.length, has),
      at,
    );
  }
  return shape.map((size, axis): Span => {
    const index = axes[axis] ?? { kind: 'range', start: undefined, end: undefined };
    if (index.kind === 'position') {
      const start = index.position < 0 ? size + index.position : index.position;
      if (start < 0 || start >= size) {
        throw new ExpressionError(
          l10n.t('index {0} is outside of axis {1}, whose size is {2}', index.position, axis, size),
          at,
        );
      }
      return { start, size: 1, isDropped: true };
    }
    const clamp = (value: number): number =>
      Math.min(size, Math.max(0, value < 0 ? size + value : value));
    const start = clamp(index.start ?? 0);
    return { start, size: Math.max(0, clamp(index.end ?? size) - start), isDropped: false };
  });
}

/** `x[axes]` as Python and NumPy have it; a number when no axis is left. */
export function slice(x: Tensor, axes: readonly AxisIndex[], at: number): Tensor | number {
  const spans = spansOf(x.shape, axes, at);
  const shape = spans.filter(({ isDropped }) => !isDropped).map(({ size }) => size);
  const data = new Float64Array(elements(spans.map(({ size }) => size)));
  for (let i = 0; i < data.length; i++) {
    let rest = i;
    let from = 0;
    let stride = 1;
    for (let axis = spans.length - 1; axis >= 0; axis--) {
      const { start, size } = spans[axis]!;
      from += (start + (rest % size)) * stride;
      rest = Math.floor(rest / size);
      stride *= x.shape[axis]!;
    }
    data[i] = x.data[from]!;
  }
  return shape.length === 0 ? data[0]! : { shape, data };
}
