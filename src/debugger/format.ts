import * as l10n from '@vscode/l10n';
/** A statistic for people: four significant digits, plain where that is short. */
export function formatStatistic(value: number): string {
  return formatDigits(value, 4);
}

/** The same with three digits, for the ends of lines. */
export function formatShort(value: number): string {
  return formatDigits(value, 3);
}

function formatDigits(value: number, digits: number): string {
  if (!Number.isFinite(value)) return String(value);
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-3 || magnitude >= 1e6)) return value.toExponential(2);
  return String(Number(value.toPrecision(digits)));
}

/** A float32 element with the digits that tell it from its neighbours. */
export function formatElement(value: number): string {
  if (!Number.isFinite(value) || Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(7)));
}

/** `float32[12, 64, 128]`; the name alone for a single number. */
export function formatType(dtype: string, shape: readonly number[]): string {
  return shape.length === 0 ? dtype : `${dtype}[${shape.join(', ')}]`;
}

/** Mean and variance as they are written beside a tensor. */
export function formatMoments({
  mean,
  var: variance,
  nonFinite,
}: {
  readonly mean: number;
  readonly var: number;
  readonly nonFinite: number;
}): string {
  const text = `µ ${formatStatistic(mean)}  σ² ${formatStatistic(variance)}`;
  return nonFinite === 0 ? text : l10n.t('{0}  {1} non-finite', text, nonFinite);
}
