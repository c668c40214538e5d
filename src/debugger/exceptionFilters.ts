import type { DebugProtocol } from '@vscode/debugprotocol';

/** Rules that stop the training when they hold, as an editor lists them beside its breakpoints. */
export const exceptionFilters: readonly DebugProtocol.ExceptionBreakpointsFilter[] = [
  {
    filter: 'non-finite',
    label: 'Non-Finite Values',
    description: 'Loss, gradients or updated parameters hold NaN or infinity',
    default: true,
  },
];
