/** Width of an axis of values, in pixels: all charts have the same, so that they stand one below the other. */
export const usualAxisWidth = 52;
/** Of a figure in the font of axes, with what is beside the text. */
const figureWidth = 6.4;
const besideText = 14;

/**
 * Texts of the ticks of values: all with as many figures as it takes to tell them apart; very large and very small ones with an
 * exponent. Empty for what is not marked.
 */
export function tickTexts(values: readonly (number | null)[]): string[] {
  const marked = values.filter((value) => value !== null);
  const largest = Math.max(...marked.map(Math.abs));
  const isExtreme = largest !== 0 && (largest >= 1e5 || largest < 1e-3);
  const spacing = Math.min(...marked.slice(1).map((value, i) => Math.abs(value - marked[i]!)));
  return values.map((value) => {
    if (value === null) return '';
    return withSigns(isExtreme ? exponential(value, spacing) : plain(value, spacing));
  });
}

/** An axis is wider than usual where its texts would be cut off. */
export function axisWidth(labels: readonly string[] | null): number {
  const longest = Math.max(0, ...(labels ?? []).map((label) => label.length));
  return Math.max(usualAxisWidth, Math.ceil(longest * figureWidth) + besideText);
}

function plain(value: number, spacing: number): string {
  // A logarithmic axis spans many sizes: each of its values by itself.
  const size = Math.abs(value);
  if (size !== 0 && size < 1e-3 && spacing >= size) return exponential(value, spacing);
  return String(Number(value.toPrecision(figuresOf(value, spacing))));
}

function exponential(value: number, spacing: number): string {
  if (value === 0) return '0';
  const digits = Math.max(0, figuresOf(value, spacing) - 1);
  return value
    .toExponential(digits)
    .replace(/\.?0+e/, 'e')
    .replace('+', '');
}

/** Significant figures that tell a value from its neighbours. */
function figuresOf(value: number, spacing: number): number {
  if (value === 0 || !(spacing > 0) || !Number.isFinite(spacing)) return 6;
  const orders = Math.floor(Math.log10(Math.abs(value))) - Math.floor(Math.log10(spacing));
  return Math.min(15, Math.max(2, orders + 2));
}

function withSigns(text: string): string {
  return text.replaceAll('-', '\u2212');
}
