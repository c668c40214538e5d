import type { DebugProtocol } from '@vscode/debugprotocol';
import type { DebugState } from './debugged.ts';
import type { Handler } from './requestServer.ts';

/** Lines of the model file that inline values are wanted for, from 1, both included. */
interface InlineRequest {
  readonly frameId?: number;
  readonly first: number;
  readonly last: number;
}

/**
 * Answers of all requests that look at the step at which the training stands. `changed` is called after a value of it was set.
 */
export function inspectionHandlers(
  state: DebugState,
  changed: () => void,
): Readonly<Record<string, Handler>> {
  const inspection = () => state.need().inspection;
  return {
    stackTrace: (options: DebugProtocol.StackTraceArguments) => {
      const { frames, totalFrames } = inspection().stackTrace(options);
      const stackFrames = frames.map((frame) => ({
        ...frame,
        line: state.toClient(frame.line),
      }));
      return { body: { stackFrames, totalFrames } };
    },
    scopes: ({ frameId }: DebugProtocol.ScopesArguments) => {
      return { body: { scopes: inspection().scopes(frameId) } };
    },
    variables: async (options: DebugProtocol.VariablesArguments) => {
      return { body: { variables: await inspection().variables(options) } };
    },
    evaluate: async (options: DebugProtocol.EvaluateArguments) => {
      return { body: await inspection().evaluate(options) };
    },
    completions: async (options: DebugProtocol.CompletionsArguments) => {
      return { body: { targets: await inspection().completions(options) } };
    },
    setVariable: async (options: DebugProtocol.SetVariableArguments) => {
      return { body: await inspection().setVariable(options), afterwards: changed };
    },
    disassemble: async (options: DebugProtocol.DisassembleArguments) => {
      const toClient = (line: number): number => state.toClient(line);
      return { body: { instructions: await inspection().disassemble(options, toClient) } };
    },
    readMemory: async (options: DebugProtocol.ReadMemoryArguments) => {
      return { body: await inspection().readMemory(options) };
    },
    'normscope/inlineValues': ({ frameId, first, last }: InlineRequest) => {
      return { body: { texts: inspection().inlineValues(frameId, first, last) } };
    },
    'normscope/norms': async () => {
      return { body: { norms: await inspection().norms() } };
    },
    'normscope/savedSteps': async () => {
      const { execution, run } = state.need();
      const saved = await run.engine.request('savedSteps', null);
      return { body: { ...saved, step: execution.record?.info.step } };
    },
    'normscope/frame': ({ frameId }: { readonly frameId: number }) => {
      return { body: { ...inspection().frameOf(frameId) } };
    },
  };
}
