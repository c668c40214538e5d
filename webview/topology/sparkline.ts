interface Size {
  readonly width: number;
  readonly height: number;
}

const points = 36;
/** Variances below this one are drawn as if they were it: their logarithm would flatten all others. */
const smallest = 1e-9;

/**
 * Paths of two curves of variances on one logarithmic axis, newest value at the right edge. Each of at most 36 points is the
 * last value of its stretch.
 */
export function sparklinePaths(
  before: readonly number[],
  after: readonly number[],
  size: Size,
): { readonly before: string; readonly after: string } {
  const curves = [before, after].map(logarithms);
  const all = curves.flat().filter(Number.isFinite);
  if (all.length === 0) return { before: '', after: '' };
  const middle = (Math.min(...all) + Math.max(...all)) / 2;
  // At least a factor of 1.6 from bottom to top, so that noise looks like noise.
  const half = Math.max(0.1, Math.max(...all) - middle) * 1.08;
  const [first = [], second = []] = curves;
  return {
    before: pathOf(first, middle - half, middle + half, size),
    after: pathOf(second, middle - half, middle + half, size),
  };
}

function logarithms(values: readonly number[]): number[] {
  const count = Math.min(points, values.length);
  return Array.from({ length: count }, (_, i) => {
    const value = values[Math.floor(((i + 1) * values.length) / count) - 1] ?? NaN;
    return Math.log10(Math.max(smallest, value));
  });
}

function pathOf(values: readonly number[], low: number, high: number, size: Size): string {
  const step = values.length > 1 ? size.width / (values.length - 1) : 0;
  let path = '';
  let drawing = false;
  for (const [i, value] of values.entries()) {
    if (Number.isFinite(value)) {
      const y = size.height * (1 - (value - low) / (high - low));
      path += `${drawing ? 'L' : 'M'}${(i * step).toFixed(1)} ${y.toFixed(1)}`;
    }
    drawing = Number.isFinite(value);
  }
  // One point has no line; a short stroke shows that it is there.
  return values.length === 1 && path !== '' ? `${path}h${size.width}` : path;
}
