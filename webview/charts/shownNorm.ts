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
  const selected = selection === null ? -1 : normOf(norms, selection);
  if (selected >= 0) return selected;
  const remembered = norms.findIndex(({ path }) => path === before);
  return remembered >= 0 ? remembered : Math.min(0, norms.length - 1);
}

/** More are not compared at once. */
const mostCompared = 12;

/** Indices of the norms that are shown beside the one at `shown`: those of the other layers that are selected, at most twelve. */
export function comparedNorms(
  norms: readonly NormInfo[],
  also: readonly string[],
  shown: number,
): readonly number[] {
  const others = new Set(also.map((path) => normOf(norms, path)));
  return [...others].filter((norm) => norm >= 0 && norm !== shown).slice(0, mostCompared);
}

/** The norm at a path, or the first inside of what is there; −1 for none. */
function normOf(norms: readonly NormInfo[], path: string): number {
  const own = norms.findIndex((norm) => norm.path === path);
  return own >= 0 ? own : norms.findIndex((norm) => norm.path.startsWith(`${path}.`));
}
