import * as l10n from '@vscode/l10n';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { nonFiniteRule, rules } from '../statistics/rules/definitions.ts';

type Filter = DebugProtocol.ExceptionBreakpointsFilter;

/** Rules that stop the training when they hold, as a client lists them beside its breakpoints. */
export function exceptionFilters(): Filter[] {
  return [
    {
      filter: nonFiniteRule,
      label: l10n.t('Non-Finite Values'),
      description: l10n.t('The loss, a gradient or an updated parameter is NaN or infinite.'),
      default: true,
    },
    ...rules.map(({ name, label, description, condition, numbers }): Filter => ({
      filter: name,
      label: l10n.t(label),
      description: l10n.t('{0} Stops where {1}.', l10n.t(description), condition),
      default: false,
      supportsCondition: true,
      conditionDescription: l10n.t('{0} (over {1})', condition, numbers.join(', ')),
    })),
  ];
}
