import type { DebugProtocol } from '@vscode/debugprotocol';
import { breakpointModes } from './breakpoints.ts';
import { exceptionFilters } from './exceptionFilters.ts';

/** What the debugger can do, as `initialize` answers. */
export function capabilities(): DebugProtocol.Capabilities {
  return {
    supportsConfigurationDoneRequest: true,
    supportsFunctionBreakpoints: true,
    supportsConditionalBreakpoints: true,
    supportsHitConditionalBreakpoints: true,
    supportsLogPoints: true,
    supportsDataBreakpoints: true,
    supportsInstructionBreakpoints: true,
    supportsDisassembleRequest: true,
    supportsBreakpointLocationsRequest: true,
    breakpointModes: breakpointModes(),
    exceptionBreakpointFilters: exceptionFilters(),
    supportsExceptionFilterOptions: true,
    supportsExceptionInfoRequest: true,
    supportsStepBack: true,
    supportsRestartFrame: true,
    supportsSteppingGranularity: true,
    supportsGotoTargetsRequest: true,
    supportsEvaluateForHovers: true,
    supportsClipboardContext: true,
    supportsCompletionsRequest: true,
    completionTriggerCharacters: ['.', '(', ':'],
    supportsSetVariable: true,
    supportsReadMemoryRequest: true,
    supportsRestartRequest: true,
    supportsTerminateRequest: true,
    supportTerminateDebuggee: true,
    supportSuspendDebuggee: true,
    supportsCancelRequest: true,
  };
}
