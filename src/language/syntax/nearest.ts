import * as l10n from '@vscode/l10n';
import type { Fix } from './diagnostic.ts';
import type { Range } from './tree.ts';

/** The candidate closest to `word` by edit distance (letters' case aside), if it is close enough to be a slip; else undefined. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const lower = word.toLowerCase().slice(0, 64);
  let best: string | undefined;
  // Of one or two letters every other short word would be near.
  const slips = lower.length <= 2 ? 0 : Math.max(1, Math.floor(lower.length / 3));
  let bestDistance = slips + 1;
  for (const candidate of candidates) {
    const distance = editDistance(lower, candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Replaces the word at `range` by the nearest of the candidates; nothing where none is near. */
export function nearestFix(
  word: string,
  candidates: Iterable<string>,
  range: Range,
): readonly Fix[] {
  const near = nearest(word, candidates);
  if (near === undefined) return [];
  return [{ title: l10n.t("Change to '{0}'", near), edits: [{ range, text: near }] }];
}

/**
 * A message about an unknown word, and the question whether the nearest candidate was meant; `otherwise` where none is near. No
 * word, no question.
 */
export function withNearest(
  message: string,
  word: string,
  candidates: Iterable<string>,
  otherwise = message,
): string {
  const near = nearest(word, candidates);
  return near === undefined ? otherwise : l10n.t("{0}; did you mean '{1}'?", message, near);
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours. */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 8) return Infinity;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? Infinity;
}
