import { formatShape } from '../../compiler/graph/types.ts';
import type { ItemResult } from '../check/plan.ts';

/** `[64, 128]`: the shape of one case of the batch. */
export function formatOutput({ value }: ItemResult): string {
  return formatShape(value.shape.slice(1));
}

const units = ['', 'k', 'M', 'G', 'T', 'P'];

/** `25.2 MFLOP`. */
export function formatFlops(flops: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(flops, 1)) / 3), units.length - 1);
  return `${Number((flops / 1000 ** power).toPrecision(3))} ${units[power] ?? ''}FLOP`;
}
