import * as l10n from '@vscode/l10n';

const significant = 4;

/** A number for people: four significant digits, plain where that is short. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return '0';
  const magnitude = Math.abs(value);
  if (magnitude < 1e-3 || magnitude >= 1e6) return value.toExponential(2);
  if (magnitude >= 1000) return value.toFixed(0);
  return value.toPrecision(significant);
}

/** Seconds for people: `8.2 s`, `3 min 05 s`, `2 h 07 min`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  if (seconds < 60) return l10n.t('{0} s', seconds.toFixed(seconds < 10 ? 1 : 0));
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return l10n.t('{0} min {1} s', minutes, twoDigits(seconds % 60));
  return l10n.t('{0} h {1} min', Math.floor(minutes / 60), twoDigits(minutes % 60));
}

function twoDigits(value: number): string {
  return String(Math.floor(value)).padStart(2, '0');
}
