import type { Diagnostic, Report } from './diagnostic.ts';
import { parseModelText } from './document.ts';
import { PieceReader } from './pieces.ts';
import type { SyntaxMap } from './tree.ts';

type Problem = Pick<Diagnostic, 'code' | 'message' | 'range' | 'fixes'>;

/** A text and what was read of it. */
interface Parsed {
  readonly text: string;
  readonly root: SyntaxMap | undefined;
  readonly problems: readonly Problem[];
}

/** The texts of an editor while something is typed: as it is, with its brackets closed, and up to the cursor. */
const mostTexts = 5;
/** Shorter texts are read as a whole in a few milliseconds. */
const longEnough = 4000;

let recent: readonly Parsed[] = [];
const pieces = new PieceReader();

/**
 * `parseModelText`, and what was read before is not read again: neither the same text, nor of a long one the layers that stayed as
 * they were. An editor asks many things about one text, and then about one that hardly differs.
 */
export function readModelText(
  text: string,
  overrides: readonly string[],
  report: Report,
): SyntaxMap | undefined {
  if (overrides.length > 0) return parseModelText(text, overrides, report);
  const known = recent.find((parsed) => parsed.text === text);
  const parsed = known ?? parse(text);
  if (known === undefined) recent = [parsed, ...recent.slice(0, mostTexts - 1)];
  for (const { code, message, range, fixes } of parsed.problems) {
    report(code, message, range, fixes);
  }
  return parsed.root;
}

function parse(text: string): Parsed {
  const quick = text.length < longEnough ? undefined : pieces.read(text);
  if (quick) return { text, root: quick, problems: [] };
  const problems: Problem[] = [];
  const root = parseModelText(text, [], (code, message, range, fixes = []) => {
    problems.push({ code, message, range, fixes });
  });
  return { text, root, problems };
}
