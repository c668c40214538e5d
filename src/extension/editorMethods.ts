import type { FileReport } from '../engine/checkFile.ts';
import { complete } from '../language/edit/complete.ts';
import { hover } from '../language/edit/hover.ts';
import { inlays } from '../language/edit/inlays.ts';
import { thingAt } from '../language/edit/occurrences.ts';
import { rename } from '../language/edit/rename.ts';
import { modelSymbols } from '../language/edit/symbols.ts';
import { closeBrackets } from '../language/syntax/brackets.ts';
import type { Handlers } from '../protocol/channel/channel.ts';
import type { EditorMethods } from './editorRequests.ts';
import type { CheckRequest } from './languageMethods.ts';

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
    symbols: ({ text }) => modelSymbols(text),
    thing: async (request) => {
      const { tree } = await reportOf(request);
      return thingAt(request.text, request.position, tree);
    },
    rename: async (request) => {
      const { tree } = await reportOf(request);
      return rename(request.text, request.position, request.name, tree);
    },
    inlays: async (request) => inlays((await reportOf(request)).tree),
    problems: async (request) => (await reportOf(request)).diagnostics,
  };
}
