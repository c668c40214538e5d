import * as l10n from '@vscode/l10n';
import { formatNumber } from './numbers.ts';
import { tableLines } from './table.ts';
import type { NormMoments } from './trainEvents.ts';

/** Lines of the table of norms: mean and variance before and after each, token averages. */
export function normTable(
  norms: readonly (readonly [path: string, NormMoments])[],
): readonly string[] {
  const columns = [
    { title: l10n.t('norm'), align: 'left' },
    { title: l10n.t('in mean'), align: 'right' },
    { title: l10n.t('in var'), align: 'right' },
    { title: l10n.t('out mean'), align: 'right' },
    { title: l10n.t('out var'), align: 'right' },
  ] as const;
  const rows = norms.map(([path, moments]) => [
    path,
    formatNumber(moments.in.mean),
    formatNumber(moments.in.var),
    formatNumber(moments.out.mean),
    formatNumber(moments.out.var),
  ]);
  return tableLines(columns, rows);
}
