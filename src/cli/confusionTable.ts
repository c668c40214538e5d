import * as l10n from '@vscode/l10n';
import { counted } from '../base/counts.ts';
import type { ValidationEvent } from '../protocol/engine.ts';
import { formatShare } from './epochTable.ts';
import { tableLines } from './table.ts';
import type { Terminal } from './terminal.ts';

/** Wider matrices do not fit a terminal; the run's folder has them. */
const mostClasses = 20;

/** Prints the confusion of a validation, if it has one that a terminal can show, after an empty line. */
export function printConfusion(
  terminal: Terminal,
  { step, confusion = [] }: Pick<ValidationEvent, 'step' | 'confusion'>,
  classNames?: readonly string[],
): void {
  const [titles = '', ...rows] = confusionTable(confusion, classNames);
  if (rows.length === 0) return;
  terminal.print('');
  terminal.print(l10n.t('validation after {0}, cases by the class given', counted.steps(step)));
  terminal.print(terminal.style('bold', titles));
  for (const row of rows) terminal.print(row);
}

/**
 * Lines of the confusion of a validation: a row for each class, its cases by the class that they were given, and the share of those
 * that were given their own. None where there are too many classes.
 */
function confusionTable(
  confusion: readonly (readonly number[])[],
  names: readonly string[] = [],
): readonly string[] {
  if (confusion.length > mostClasses) return [];
  const nameOf = (index: number): string => names[index] ?? String(index);
  const columns = [
    { title: l10n.t('class'), align: 'left' },
    ...confusion.map((_, index) => ({ title: nameOf(index), align: 'right' }) as const),
    { title: l10n.t('right'), align: 'right' },
  ] as const;
  const rows = confusion.map((row, index) => {
    const cases = row.reduce((sum, count) => sum + count, 0);
    const right = cases === 0 ? undefined : row[index]! / cases;
    return [nameOf(index), ...row.map(String), formatShare(right)];
  });
  return tableLines(columns, rows);
}
