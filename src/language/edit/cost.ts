import * as l10n from '@vscode/l10n';
import { formatShape } from '../../compiler/graph/types.ts';
import type { ItemResult } from '../check/plan.ts';

/** `[64, 128]`: the shape of one case of the batch. */
export function formatOutput({ value }: ItemResult): string {
  return formatShape(value.shape.slice(1));
}

/** `16,512 parameters`. */
export function formatParameters(count: number): string {
  return count === 1
    ? l10n.t('1 parameter')
    : l10n.t('{0} parameters', count.toLocaleString('en-US'));
}

const units = ['', 'k', 'M', 'G', 'T', 'P'];

/** `25.2 MFLOP`. */
export function formatFlops(flops: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(flops, 1)) / 3), units.length - 1);
  return `${Number((flops / 1000 ** power).toPrecision(3))} ${units[power] ?? ''}FLOP`;
}
