import * as l10n from '@vscode/l10n';
import { readFile } from 'node:fs/promises';
import { CsvError, parse } from 'csv-parse/sync';
import { NormscopeError } from '../../../base/errors.ts';
import type { CsvSettings } from '../../../language/settings.ts';
import { findDataFile, type DataPlace } from '../files.ts';
import { previewed } from '../preview.ts';
import { corrupt, openFile } from './fileBytes.ts';
import type { SampleData } from './formats.ts';
import { toShared } from './rows.ts';
import { splitByShare } from './split.ts';
import { featureColumns, isMissing, numberOf, type Cell, type Column } from './tableColumns.ts';

const key = 'train.data.csv';
/** Larger tables do not fit in memory as texts. */
const largest = 256 * 2 ** 20;

interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * Reads a table with a header: numbers as they are, other columns as one feature for each of their values. Throws what `findDataPath`
 * throws, `data-too-large`, `data-corrupt`, `data-column`, `data-missing-cell`, `data-label`, `data-empty`.
 */
export async function readCsv(settings: CsvSettings, place: DataPlace): Promise<SampleData> {
  const file = await findDataFile(settings.path, place, key, l10n.t('a CSV file'));
  if (file.size > largest) {
    throw new NormscopeError(
      'input',
      'data-too-large',
      l10n.t(
        '{0} has {1} MB; a table has at most {2}. Save its numbers as .npy, and use npy.',
        file.name,
        Math.ceil(file.size / 1e6),
        Math.floor(largest / 1e6),
      ),
    );
  }
  const { record } = await openFile(file);
  const { header, rows } = parseTable(await readFile(file.path, 'utf8'), file.name);
  const target = columnNamed(settings.target, 'train.data.target', header, file.name);
  const ignored = settings.ignore.map((name) =>
    columnNamed(name, 'train.data.ignore', header, file.name),
  );
  const used = header.flatMap((name, index) =>
    index === target || ignored.includes(index) ? [] : [{ name, index }],
  );
  const kept = withoutMissing(rows, settings, header, { target, used, file: file.name });
  const columnOf = (index: number, name: string): Column => ({
    name,
    cells: kept.map(({ cells, line }): Cell => ({ text: cells[index] ?? '', line })),
  });
  const features = featureColumns(
    used.map(({ index, name }) => columnOf(index, name)),
    file.name,
    splitByShare(kept.length, settings).training,
  );
  const values = new Float64Array(kept.length * features.length);
  features.forEach((column, feature) => {
    for (let row = 0; row < kept.length; row++)
      values[row * features.length + feature] = column[row]!;
  });
  const targets = targetsOf(columnOf(target, settings.target), settings, file.name);
  const length = 8 * features.length;
  return {
    training: {
      rows: [
        {
          name: file.name,
          from: toShared(new Uint8Array(values.buffer)),
          count: kept.length,
          offset: 0,
          stride: length,
          length,
        },
      ],
      elements: { type: 'float64', littleEndian: true },
      scale: 1,
      shape: [features.length],
      targets: targets.values,
      files: [record],
    },
    table: { header, rows: kept.slice(0, previewed).map(({ cells }) => cells) },
    ...(targets.names && { classes: targets.names.length, classNames: targets.names }),
    ...(kept.length < rows.length && {
      warnings: [
        l10n.t(
          'Rows of {2} with missing cells are left out: {0} of {1}.',
          rows.length - kept.length,
          rows.length,
          file.name,
        ),
      ],
    }),
  };
}

function parseTable(
  text: string,
  name: string,
): { readonly header: readonly string[]; readonly rows: readonly Row[] } {
  const [firstLine = ''] = text.split('\n', 1);
  const counts = [',', ';', '\t'].map((one) => [firstLine.split(one).length, one] as const);
  const [, delimiter] = counts.reduce((best, one) => (one[0] > best[0] ? one : best));
  try {
    const records = parse(text, {
      bom: true,
      delimiter,
      info: true,
      trim: true,
      skip_empty_lines: true,
    }) as unknown as readonly { record: string[]; info: { lines: number } }[];
    const [header, ...rows] = records;
    if (header === undefined || rows.length === 0)
      throw corrupt(name, l10n.t('it has no rows under a header'));
    return {
      header: header.record,
      rows: rows.map(({ record, info }) => ({ cells: record, line: info.lines })),
    };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw corrupt(name, error.message, error);
  }
}

function columnNamed(
  wanted: string,
  place: string,
  header: readonly string[],
  file: string,
): number {
  const index = header.indexOf(wanted);
  if (index >= 0) return index;
  throw new NormscopeError(
    'input',
    'data-column',
    l10n.t(
      "{0} has no column '{1}'; it has {2}. Correct {3}.",
      file,
      wanted,
      header.join(', '),
      place,
    ),
  );
}

function withoutMissing(
  rows: readonly Row[],
  { missing }: CsvSettings,
  header: readonly string[],
  table: {
    readonly target: number;
    readonly used: readonly { readonly index: number }[];
    readonly file: string;
  },
): readonly Row[] {
  const needed = missing === 'mean' ? [] : table.used.map(({ index }) => index);
  const places = [table.target, ...needed];
  const kept = rows.filter(({ cells, line }) => {
    const hole = places.find((index) => isMissing(cells[index] ?? ''));
    if (hole === undefined) return true;
    if (missing === 'skip') return false;
    throw new NormscopeError(
      'input',
      'data-missing-cell',
      l10n.t(
        "{0}, line {1}: '{2}' has no value. Fill it in, leave such rows out with missing: skip, or (but for the target) say missing: mean.",
        table.file,
        line,
        header[hole] ?? '',
      ),
    );
  });
  if (kept.length > 0) return kept;
  throw new NormscopeError(
    'input',
    'data-empty',
    l10n.t('Every row of {0} has a missing cell.', table.file),
  );
}

function targetsOf(
  { name, cells }: Column,
  { task }: CsvSettings,
  file: string,
): { readonly values: Int32Array | Float32Array; readonly names?: readonly string[] } {
  if (task === 'regression') {
    const values = cells.map(({ text, line }) => {
      const value = numberOf(text);
      if (value !== undefined) return value;
      throw new NormscopeError(
        'input',
        'data-label',
        l10n.t(
          "{0}, line {1}: '{2}' of '{3}' is not a number. Correct it, or say task: classification.",
          file,
          line,
          text,
          name,
        ),
      );
    });
    return { values: Float32Array.from(values) };
  }
  const names = [...new Set(cells.map(({ text }) => text))].sort(byNumberOrText);
  if (names.length > Math.max(2, cells.length / 2)) {
    throw new NormscopeError(
      'input',
      'data-label',
      l10n.t(
        "'{0}' of {1} has {2} different values in {3} rows, too many for classes. Name another target, or say task: regression.",
        name,
        file,
        names.length,
        cells.length,
      ),
    );
  }
  const numbers = new Map(names.map((text, index) => [text, index]));
  return { values: Int32Array.from(cells, ({ text }) => numbers.get(text)!), names };
}

function byNumberOrText(a: string, b: string): number {
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== undefined && y !== undefined) return x - y;
  return a < b ? -1 : 1;
}
