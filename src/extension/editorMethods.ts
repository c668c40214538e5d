import { completeAt, needsTree } from '../language/edit/complete.ts';
import { cursorAt } from '../language/edit/cursor.ts';
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
import type { SharedReports } from './sharedReports.ts';

/** More entries than this would hold up the editor that lists them, and nobody would read them. */
const mostSymbols = 2000;

/** Answers what an editor asks, on the worker's thread. */
export function editorMethods(reports: SharedReports): Handlers<Omit<EditorMethods, 'preview'>> {
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
    problems: async (request) => (await reports.asIs(request)).diagnostics,
  };
}
