import * as l10n from '@vscode/l10n';
import type { NormInfo } from '../protocol/engine.ts';
import { normColumns, normWidth, type NormColumn } from '../statistics/taps.ts';

/** What is written at the end of a line, from 1. */
export interface LiveText {
  readonly line: number;
  readonly text: string;
}

/**
 * Mean and variance before and after the norms of each line, of one step: `row` is [norms, normWidth]. Of several norms on a line,
 * as in a Repeat, the deepest is shown. Lines of `now` that are not what they were in `trained` are left out.
 */
export function liveTexts(
  norms: readonly NormInfo[],
  row: Float32Array,
  trained: string,
  now: (line: number) => string | undefined,
): readonly LiveText[] {
  const lines = trained.split(/\r?\n/);
  const byLine = new Map<number, number[]>();
  norms.forEach(({ line }, index) => {
    byLine.set(line, [...(byLine.get(line) ?? []), index]);
  });
  return [...byLine].flatMap(([line, indices]) => {
    const was = lines[line - 1];
    const last = indices.at(-1);
    if (was === undefined || now(line) !== was) return [];
    const text = normText(row.subarray(last * normWidth, (last + 1) * normWidth));
    const count = indices.length;
    return [{ line, text: count === 1 ? text : l10n.t('{0} (last of {1})', text, count) }];
  });
}

/** `in µ 0.02 σ² 2.48 → out µ 0.00 σ² 1.00`. */
function normText(columns: Float32Array): string {
  const value = (name: NormColumn): string => short(columns[normColumns.indexOf(name)] ?? NaN);
  const place = (name: 'in' | 'out'): string =>
    `${name} µ ${value(`${name}.mean`)} σ² ${value(`${name}.var`)}`;
  return `${place('in')} → ${place('out')}`;
}

/** Two decimals, so that numbers that change keep their place; tiny and huge ones with their power of ten. */
function short(value: number): string {
  const magnitude = Math.abs(value);
  if (!Number.isFinite(value)) return String(value);
  if (magnitude >= 10_000) return value.toExponential(1);
  return magnitude !== 0 && magnitude < 0.005 ? value.toExponential(0) : value.toFixed(2);
}
