import type { ModelTree } from '../../check/check.ts';
import type { Diagnostic, Fix, TextEdit } from '../../syntax/diagnostic.ts';
import { readOutline } from '../marks.ts';
import { offsetOf } from '../cursor.ts';
import { candidates } from './candidates.ts';
import { Surroundings } from './surroundings.ts';
import type { Wrong } from './wrong.ts';

/** What was found wrong, as much of it as fixes need; codes may be of data, too. */
export type Problem = Omit<Diagnostic, 'code'> & { readonly code: string };

/** What a check says of a text. */
export type Check = (text: string) => Promise<readonly Problem[]>;

/** More are not tried: each costs a check. */
const mostTried = 16;

/**
 * The changes of `text` that put `problem` right: those that the check itself knows, else one that follows from what is around it.
 * That one was tried: with it the problem is gone, and no other one has come. Never throws.
 */
export async function fixesFor(
  text: string,
  problems: readonly Problem[],
  problem: Problem,
  tree: ModelTree,
  check: Check,
): Promise<readonly Fix[]> {
  const { code, range, path, fixes = [] } = problem;
  for (const fix of fixes) {
    // The right word may stand there already. That something else shows then is no reason against it.
    if (!isTwice(problems, await check(applyEdits(text, fix.edits)))) return fixes;
  }
  const outline = readOutline(text);
  if (outline === undefined) return [];
  const around = new Surroundings(text);
  const wrong: Wrong = { code, range, path, text, outline, tree, around };
  let tried = 0;
  for (const fix of candidates(wrong)) {
    if (tried++ === mostTried) break;
    if (helps(problems, problem, await check(applyEdits(text, fix.edits)))) return [fix];
  }
  return [];
}

function isTwice(before: readonly Problem[], after: readonly Problem[]): boolean {
  return count(after, 'duplicate-key') > count(before, 'duplicate-key');
}

function helps(before: readonly Problem[], problem: Problem, after: readonly Problem[]): boolean {
  if (count(after, problem.code) >= count(before, problem.code)) return false;
  // Doubts about a design are told only once nothing is wrong any more: after an error is gone they may come.
  const counted = after.filter(
    ({ severity }) => severity === 'error' || problem.severity === 'warning',
  );
  return counted.every(({ code }) => count(after, code) <= count(before, code));
}

function count(problems: readonly Problem[], code: string): number {
  return problems.filter((one) => one.code === code).length;
}

/** The text after edits that do not overlap. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const places = edits
    .map(({ range, text: added }) => ({
      start: offsetOf(text, range.start),
      end: offsetOf(text, range.end),
      added,
    }))
    .toSorted((a, b) => b.start - a.start);
  return places.reduce(
    (result, { start, end, added }) => result.slice(0, start) + added + result.slice(end),
    text,
  );
}
