import type { FileDiagnostic, FileReport } from '../engine/checkFile.ts';
import { completeAt, needsTree } from '../language/edit/complete.ts';
import { cursorAt } from '../language/edit/cursor.ts';
import { fixesFor } from '../language/edit/fix/fixes.ts';
import { folds } from '../language/edit/folding.ts';
import { format } from '../language/edit/format/format.ts';
import { hover } from '../language/edit/hover.ts';
import { inlays } from '../language/edit/inlays.ts';
import { thingAt } from '../language/edit/occurrences.ts';
import { rename } from '../language/edit/rename.ts';
import { modelSymbols } from '../language/edit/symbols.ts';
import { emptyTree } from '../language/check/check.ts';
import type { Handlers } from '../protocol/channel/channel.ts';
import type { EditorMethods } from './editorRequests.ts';
import type { CheckRequest } from './languageMethods.ts';
import type { SharedReports } from './sharedReports.ts';

/** More entries than this would hold up the editor that lists them, and nobody would read them. */
const mostSymbols = 2000;

/** Problems of the lines that the cursor is in; each may take some checks. */
const mostProblems = 10;

/** Answers what an editor asks, on the worker's thread. `check` tries changed texts. */
export function editorMethods(
  reports: SharedReports,
  check: (request: CheckRequest) => Promise<FileReport>,
): Handlers<Omit<EditorMethods, 'preview'>> {
  return {
    complete: async (request) => {
      const cursor = cursorAt(request.text, request.position);
      if (cursor === undefined) return [];
      const tree = needsTree(cursor) ? (await reports.closed(request)).tree : emptyTree;
      return completeAt(cursor, tree);
    },
    hover: async (request) => {
      const { tree } = await reports.closed(request);
      return hover(request.text, request.position, tree);
    },
    folds: ({ text }) => folds(text),
    format: ({ text, lines }) => format(text, lines),
    symbols: ({ text }) => modelSymbols(text, mostSymbols),
    thing: async (request) => {
      const { tree } = await reports.closed(request);
      return thingAt(request.text, request.position, tree);
    },
    rename: async (request) => {
      const { tree } = await reports.closed(request);
      return rename(request.text, request.position, request.name, tree);
    },
    inlays: async (request) => {
      const { tree } = await reports.closed(request);
      return inlays(tree).filter(({ line }) => line >= request.first && line <= request.last);
    },
    problems: async (request) => {
      const { text, first, last } = request;
      const { diagnostics, tree } = await reports.asIs(request);
      const shown = diagnostics.filter(
        ({ range }) => range.end.line >= first && range.start.line <= last,
      );
      const checked = async (changed: string): Promise<readonly FileDiagnostic[]> =>
        (await check({ ...request, text: changed })).diagnostics;
      const found: FileDiagnostic[] = [];
      for (const problem of shown.slice(0, mostProblems)) {
        const fixes = await fixesFor(text, diagnostics, problem, tree, checked);
        found.push({ ...problem, fixes });
      }
      return found;
    },
  };
}
