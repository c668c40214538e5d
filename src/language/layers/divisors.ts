/** The divisors of `width` on either side of `wanted`: `use 4 or 8`. */
export function nearestDivisors(width: number, wanted: number): string {
  let below = Math.min(wanted, width);
  while (below > 1 && width % below !== 0) below--;
  let above = wanted + 1;
  while (above < width && width % above !== 0) above++;
  return above <= width && above !== below ? `use ${below} or ${above}` : `use ${below}`;
}
