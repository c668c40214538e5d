import { formatNumber } from './numbers.ts';
import { tableLines } from './table.ts';
import type { NormMoments } from './trainEvents.ts';

/** Lines of the table of norms: mean and variance before and after each, token averages. */
export function normTable(
  norms: readonly (readonly [path: string, NormMoments])[],
): readonly string[] {
  const columns = [
    { title: 'norm', align: 'left' },
    { title: 'in mean', align: 'right' },
    { title: 'in var', align: 'right' },
    { title: 'out mean', align: 'right' },
    { title: 'out var', align: 'right' },
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
