import { formatExact } from '../format.ts';
import { texts } from '../texts.ts';
import type { ChartData } from './curves.ts';

/** Numbers of a chart as a table. */
export interface TableData {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (number | string)[])[];
}

/** One row per position; of each curve its values and, where it has a band, the edges of it. */
export function tableOf(
  { positions, curves }: ChartData,
  position: string,
  labels: readonly string[],
  nameOf: (position: number) => number | string = (at) => at,
): TableData {
  const parts = curves.flatMap(({ values, low, high }, i) => {
    const label = labels[i] ?? '';
    const edges =
      low && high
        ? [[texts.minimumOf(label), low] as const, [texts.maximumOf(label), high] as const]
        : [];
    return [[label, values] as const, ...edges];
  });
  return {
    columns: [position, ...parts.map(([label]) => label)],
    rows: positions.map((at, i) => [nameOf(at), ...parts.map(([, values]) => values[i] ?? NaN)]),
  };
}

/** At most `most` rows, evenly chosen, the last among them. */
export function thinned({ columns, rows }: TableData, most: number): TableData {
  const stride = Math.ceil(rows.length / most);
  if (stride <= 1) return { columns, rows };
  const last = rows.length - 1;
  return { columns, rows: rows.filter((_, i) => (last - i) % stride === 0) };
}

/** Comma-separated values as RFC 4180 has them, numbers with nine figures; empty where there is no number. */
export function csvOf({ columns, rows }: TableData): string {
  const field = (value: number | string): string => {
    const text = typeof value === 'number' ? formatExact(value, 9) : value;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns, ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

/** The table as text with tabs between cells, numbers with nine figures, for the clipboard. */
export function tabbedOf({ columns, rows }: TableData): string {
  const field = (value: number | string): string =>
    typeof value === 'number' ? formatExact(value, 9) : value.replaceAll(/[\t\r\n]/g, ' ');
  return [columns, ...rows].map((row) => row.map(field).join('\t')).join('\n');
}
