import * as l10n from '@vscode/l10n';

const minus = '\u2212';
const missing = '\u2013';

function withMinus(text: string): string {
  return text.replaceAll('-', minus);
}

/** A number for reading at a glance, three to four figures: `0.02`, `2.48`, `134.5`, `1.3e−5`; `–` where there is none. */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return missing;
  if (!Number.isFinite(value)) return value > 0 ? '\u221e' : `${minus}\u221e`;
  const size = Math.abs(value);
  if (size === 0) return '0.00';
  if (size >= 1e5 || size < 5e-4) return withMinus(value.toExponential(1));
  if (size >= 1000) return withMinus(value.toFixed(0));
  if (size >= 100) return withMinus(value.toFixed(1));
  return withMinus(value.toFixed(size < 0.095 ? 3 : 2));
}

/** A mean, which is nought for a reader when it is far below the spread of what it is the mean of. */
export function formatMean(mean: number, variance: number): string {
  if (Math.abs(mean) < 1e-3 * Math.sqrt(variance)) return '0.00';
  return formatNumber(mean);
}

/** A number with `digits` significant figures, for tables and for copying; empty where there is none. */
export function formatExact(value: number, digits = 6): string {
  return Number.isNaN(value) ? '' : String(Number(value.toPrecision(digits)));
}

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

/** `12,345`. */
export function formatCount(count: number): string {
  return grouped.format(count);
}

/** `12.3K`. */
export function formatCompact(count: number): string {
  return count < 10_000 ? grouped.format(count) : compact.format(count);
}

/** `64 × 128`; a value without axes is `scalar`. */
export function formatShape(shape: readonly number[] | undefined): string {
  if (shape === undefined) return '?';
  return shape.length === 0 ? l10n.t('scalar') : shape.map(formatCount).join(' × ');
}

/** `12 s`, `3 min`, `1 h 20 min`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return missing;
  if (seconds < 60) return l10n.t('{0} s', Math.max(1, Math.round(seconds)));
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return l10n.t('{0} min', minutes);
  return l10n.t('{0} h {1} min', Math.floor(minutes / 60), minutes % 60);
}
