import * as l10n from '@vscode/l10n';
import { NormscopeError } from '../../../base/errors.ts';

/** A cell of a table and its line in the file. */
export interface Cell {
  readonly text: string;
  readonly line: number;
}

export interface Column {
  readonly name: string;
  readonly cells: readonly Cell[];
}

/** Words that stand for no value, as pandas reads them. */
const missingWords = new Set(['', 'na', 'n/a', 'nan', 'null', 'none', '?']);
/** A column with more different words is a name or a text rather than a category. */
const mostCategories = 1000;
/** In a small table, that many need not come twice. */
const fewCategories = 10;

export function isMissing(text: string): boolean {
  return missingWords.has(text.toLowerCase());
}

/** A finite number; undefined for other texts. */
export function numberOf(text: string): number | undefined {
  const value = Number(text);
  return text === '' || !Number.isFinite(value) ? undefined : value;
}

/**
 * Features of a table's columns: a column of numbers is one, any other is one for each of its values in order, 1 where it stands.
 * A missing number counts as the mean of its column over the rows `training`, a missing word as none of the values. Throws `data-column` for columns that are
 * no categories.
 */
export function featureColumns(
  columns: readonly Column[],
  file: string,
  training: Uint32Array,
): readonly Float64Array[] {
  return columns.flatMap((column) => {
    const present = column.cells.filter(({ text }) => !isMissing(text));
    const isNumeric = present.every(({ text }) => numberOf(text) !== undefined);
    return isNumeric ? [numbers(column, training)] : categories(column, present, file);
  });
}

function numbers({ cells }: Column, training: Uint32Array): Float64Array {
  const known = Array.from(training, (row) => numberOf(cells[row]!.text)).filter(
    (value) => value !== undefined,
  );
  const mean = known.reduce((sum, value) => sum + value, 0) / Math.max(1, known.length);
  return Float64Array.from(cells, ({ text }) => numberOf(text) ?? mean);
}

function categories(
  { name, cells }: Column,
  present: readonly Cell[],
  file: string,
): readonly Float64Array[] {
  const values = [...new Set(present.map(({ text }) => text))].sort();
  if (values.length > Math.min(mostCategories, Math.max(fewCategories, present.length / 2))) {
    const odd = present.find(({ text }) => numberOf(text) === undefined);
    throw new NormscopeError(
      'input',
      'data-column',
      l10n.t(
        "'{0}' of {1} has {2} different values, too many for a category, and is no number in line {3} ('{4}'). Correct it, or leave the column out with ignore: [{0}].",
        name,
        file,
        values.length,
        odd?.line ?? 0,
        odd?.text ?? '',
      ),
    );
  }
  return values.map((value) => Float64Array.from(cells, ({ text }) => (text === value ? 1 : 0)));
}
