import * as l10n from '@vscode/l10n';
/** The divisors of `width` on either side of `wanted`: `use 4 or 8`. */
export function nearestDivisors(width: number, wanted: number): string {
  let below = Math.min(wanted, width);
  while (below > 1 && width % below !== 0) below--;
  let above = wanted + 1;
  while (above < width && width % above !== 0) above++;
  return above <= width && above !== below
    ? l10n.t('use {0} or {1}', below, above)
    : l10n.t('use {0}', below);
}
