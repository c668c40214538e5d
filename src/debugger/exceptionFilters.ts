import type { DebugProtocol } from '@vscode/debugprotocol';
import { nonFiniteRule, rules } from '../statistics/rules/definitions.ts';

type Filter = DebugProtocol.ExceptionBreakpointsFilter;

/** Rules that stop the training when they hold, as a client lists them beside its breakpoints. */
export const exceptionFilters: readonly Filter[] = [
  {
    filter: nonFiniteRule,
    label: 'Non-Finite Values',
    description: 'The loss, a gradient or an updated parameter is NaN or infinite.',
    default: true,
  },
  ...rules.map(({ name, label, description, condition, numbers }): Filter => ({
    filter: name,
    label,
    description: `${description} Stops where ${condition}.`,
    default: false,
    supportsCondition: true,
    conditionDescription: `${condition} (over ${numbers.join(', ')})`,
  })),
];
