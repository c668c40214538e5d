import { counted } from '../../base/counts.ts';
import type { ModelTree } from '../check/check.ts';
import { formatOutput } from './cost.ts';
import { allItems } from './paths.ts';

/** What is shown at the end of a layer's line. */
export interface Inlay {
  readonly line: number;
  readonly text: string;
}

/**
 * Output shape and trained parameters of each layer, by line. Of several layers on a line the last that is not inside of another
 * one counts: what leaves the line.
 */
export function inlays({ items, results }: ModelTree): readonly Inlay[] {
  const byLine = new Map<number, { readonly path: string; readonly text: string }>();
  for (const { path, range } of allItems(items)) {
    const result = results.get(path);
    const line = range.start.line;
    const known = byLine.get(line);
    // The iterations of a Repeat stand on the same lines: the first counts, and what a line's layer contains does not.
    if (!result || (known && !isSibling(known.path, path))) continue;
    const cost = result.parameters === 0 ? '' : ` · ${counted.parameters(result.parameters)}`;
    byLine.set(line, { path, text: `${formatOutput(result)}${cost}` });
  }
  return [...byLine].map(([line, { text }]) => ({ line, text }));
}

function isSibling(a: string, b: string): boolean {
  const container = (path: string): string => path.slice(0, Math.max(path.lastIndexOf('.'), 0));
  return container(a) === container(b);
}
