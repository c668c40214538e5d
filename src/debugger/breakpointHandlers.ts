import * as l10n from '@vscode/l10n';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { BreakpointReport } from '../protocol/debug.ts';
import type { BreakpointCost, DebugState } from './debugged.ts';
import type { Handler, Reply } from './requestServer.ts';

/** Gives all breakpoints to the engine, and returns what it says of each. */
export async function syncBreakpoints(state: DebugState): Promise<readonly BreakpointReport[]> {
  const { run, noDebug } = state.need();
  if (noDebug) return [];
  const breakpoints = state.breakpoints.forEngine;
  const reports = await run.engine.request('setBreakpoints', { breakpoints });
  state.costs.fire(costOf(reports));
  return reports;
}

function costOf(reports: readonly BreakpointReport[]): BreakpointCost {
  const ranks = ['none', 'scalar', 'record'] as const;
  const rank = Math.max(0, ...reports.map(({ cost }) => ranks.indexOf(cost)));
  const texts = reports.flatMap(({ verified, cost, message }) => {
    return verified && cost !== 'none' && message !== undefined ? [message] : [];
  });
  return { cost: ranks[rank]!, texts: [...new Set(texts)] };
}

/** Answers of all requests about breakpoints. */
export function breakpointHandlers(state: DebugState): Readonly<Record<string, Handler>> {
  const { breakpoints } = state;
  const answer = async (entries: ReturnType<typeof breakpoints.setGlobs>): Promise<Reply> => {
    return { body: { breakpoints: breakpoints.describe(entries, await syncBreakpoints(state)) } };
  };
  return {
    setBreakpoints: (options: DebugProtocol.SetBreakpointsArguments) => setLines(state, options),
    setFunctionBreakpoints: (options: DebugProtocol.SetFunctionBreakpointsArguments) => {
      return answer(breakpoints.setGlobs(listOf(options.breakpoints)));
    },
    setDataBreakpoints: (options: DebugProtocol.SetDataBreakpointsArguments) => {
      return answer(breakpoints.setData(listOf(options.breakpoints)));
    },
    setExceptionBreakpoints: (options: DebugProtocol.SetExceptionBreakpointsArguments) => {
      const plain = listOf(options.filters).map((filterId) => ({ filterId }));
      return answer(breakpoints.setRules([...plain, ...listOf(options.filterOptions)]));
    },
    setInstructionBreakpoints: async (
      options: DebugProtocol.SetInstructionBreakpointsArguments,
    ) => {
      const { execution } = state.need();
      // While the training is under way none of them can be resolved.
      const program = execution.record && (await execution.instructions());
      const find = (reference: string, offset: number) => program?.find(reference, offset);
      return answer(breakpoints.setInstructions(listOf(options.breakpoints), find));
    },
    breakpointLocations: async (options: DebugProtocol.BreakpointLocationsArguments) => {
      const { source, line, endLine = line } = options;
      const { layers } = state.need();
      if (!(await state.isModel(source.path))) return { body: { breakpoints: [] } };
      const lines = layers.linesBetween(state.fromClient(line), state.fromClient(endLine));
      return { body: { breakpoints: lines.map((own) => ({ line: state.toClient(own) })) } };
    },
    dataBreakpointInfo: (options: DebugProtocol.DataBreakpointInfoArguments) => {
      return { body: state.need().inspection.dataBreakpoint(options) };
    },
  };
}

async function setLines(
  state: DebugState,
  { source, breakpoints }: DebugProtocol.SetBreakpointsArguments,
): Promise<Reply> {
  const { layers } = state.need();
  const wanted = listOf(breakpoints).map((breakpoint) => ({
    ...breakpoint,
    line: state.fromClient(breakpoint.line),
  }));
  if (!(await state.isModel(source.path))) {
    const message = l10n.t('This file is not the model that is being debugged.');
    return { body: { breakpoints: wanted.map(() => ({ verified: false, message })) } };
  }
  const entries = state.breakpoints.setLines(wanted, layers);
  const reports = await syncBreakpoints(state);
  const described = state.breakpoints.describe(entries, reports, source).map((breakpoint) => ({
    ...breakpoint,
    ...(breakpoint.line !== undefined && { line: state.toClient(breakpoint.line) }),
  }));
  return { body: { breakpoints: described } };
}

/** What a client gives as a list, which need not be one. */
function listOf<T>(list: readonly T[] | undefined): readonly T[] {
  return list instanceof Array ? list : [];
}
