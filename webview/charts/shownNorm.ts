import type { NormInfo } from '../../src/protocol/engine.ts';

/**
 * Index of the norm that the large charts show: the selected one, the first inside of what is selected, the one shown before, or
 * the first; −1 when there is none.
 */
export function shownNorm(
  norms: readonly NormInfo[],
  selection: string | null,
  before: string | undefined,
): number {
  if (selection !== null) {
    const selected = norms.findIndex(({ path }) => path === selection);
    if (selected >= 0) return selected;
    const inside = norms.findIndex(({ path }) => path.startsWith(`${selection}.`));
    if (inside >= 0) return inside;
  }
  const remembered = norms.findIndex(({ path }) => path === before);
  return remembered >= 0 ? remembered : Math.min(0, norms.length - 1);
}
