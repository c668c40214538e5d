import type { FileReport } from '../engine/checkFile.ts';
import { complete } from '../language/edit/complete.ts';
import { hover } from '../language/edit/hover.ts';
import { inlays } from '../language/edit/inlays.ts';
import { thingAt } from '../language/edit/occurrences.ts';
import { rename } from '../language/edit/rename.ts';
import { modelSymbols, type ModelSymbol } from '../language/edit/symbols.ts';
import { closeBrackets } from '../language/syntax/brackets.ts';
import type { Handlers } from '../protocol/channel/channel.ts';
import type { EditorMethods } from './editorRequests.ts';
import type { CheckRequest } from './languageMethods.ts';

/** More entries than this would hold up the editor that lists them, and nobody would read them. */
const mostEntries = 2000;

/** The outline; of a file with too many entries its sections alone. */
function outlineOf(sections: readonly ModelSymbol[]): readonly ModelSymbol[] {
  const count = (symbols: readonly ModelSymbol[]): number =>
    symbols.reduce((sum, { children }) => sum + 1 + count(children), 0);
  if (count(sections) <= mostEntries) return sections;
  return sections.map((section) => ({ ...section, children: [] }));
}

/** Answers what an editor asks, on the worker's thread. `check` reads and checks a text with its data. */
export function editorMethods(
  check: (request: CheckRequest) => Promise<FileReport>,
): Handlers<EditorMethods> {
  let newest: { readonly key: string; readonly report: Promise<FileReport> } | undefined;

  /** What the text means with its open brackets closed; asked for several times for one text, it is checked once. */
  const reportOf = (request: CheckRequest): Promise<FileReport> => {
    const closed = { ...request, text: closeBrackets(request.text) };
    const { text, modelPath = '', readData, allowedRoots } = closed;
    const key = JSON.stringify([modelPath, readData, allowedRoots, text]);
    if (newest?.key !== key) newest = { key, report: check(closed) };
    return newest.report;
  };

  return {
    complete: async (request) => {
      const { tree } = await reportOf(request);
      return complete(request.text, request.position, tree);
    },
    hover: async (request) => {
      const { tree } = await reportOf(request);
      return hover(request.text, request.position, tree);
    },
    symbols: ({ text }) => outlineOf(modelSymbols(text)),
    thing: async (request) => {
      const { tree } = await reportOf(request);
      return thingAt(request.text, request.position, tree);
    },
    rename: async (request) => {
      const { tree } = await reportOf(request);
      return rename(request.text, request.position, request.name, tree);
    },
    inlays: async (request) => {
      const { tree } = await reportOf(request);
      return inlays(tree).filter(({ line }) => line >= request.first && line <= request.last);
    },
    problems: async (request) => (await reportOf(request)).diagnostics,
  };
}
