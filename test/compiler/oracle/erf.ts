/**
 * The error function, within 1e-15 of its value. Below 3: erf(x) = 2/√π · exp(−x²) · Σ 2ⁿ x²ⁿ⁺¹ / (1·3···(2n+1)), whose terms
 * all have one sign (DLMF 7.6.2). From there on: 1 − erfc, with erfc's continued fraction (DLMF 7.9.1), evaluated backwards.
 */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (Number.isNaN(x) || size === 0) return x;
  if (size >= 6) return Math.sign(x);
  const scaled = Math.exp(-size * size) / Math.sqrt(Math.PI);
  return Math.sign(x) * (size < 3 ? 2 * scaled * series(size) : 1 - scaled * fraction(size));
}

function series(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return sum;
}

function fraction(x: number): number {
  let tail = x;
  for (let n = 60; n > 0; n--) tail = x + n / 2 / tail;
  return 1 / tail;
}
