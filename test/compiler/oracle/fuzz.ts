/**
 * Settings of a random test: the seed is fixed, so that a green suite stays green; `NORMSCOPE_SEED=n npm run test:unit` looks
 * elsewhere. fast-check prints seed and path of what it finds.
 */
export function fuzz(numRuns: number): { readonly numRuns: number; readonly seed: number } {
  return { numRuns, seed: Number(process.env['NORMSCOPE_SEED'] ?? 20240601) };
}
