import type { PanelRun } from '../store.ts';
import { formatMean, formatNumber } from '../format.ts';
import { texts } from '../texts.ts';
import { sparkline } from './nodes.ts';
import { sparklinePaths } from './sparkline.ts';

/** Writes the newest numbers of a run into the nodes of norms that are drawn; `describe` says what a norm is without them. */
export function updateNorms(
  world: SVGGElement,
  run: PanelRun | null,
  describe: (path: string) => string,
): void {
  const index = new Map(run?.info.norms.map((norm, i) => [norm.path, i]));
  for (const node of world.querySelectorAll<SVGGElement>('g.node.norm')) {
    const path = node.dataset['path'] ?? '';
    const norm = index.get(path);
    const known = run !== null && norm !== undefined && run.series.lastStep !== undefined;
    node.querySelector('.numbers')?.toggleAttribute('hidden', !known);
    if (known) writeNumbers(node, describe(path), run, norm);
    else writeNothing(node, describe(path));
  }
}

function write(node: SVGGElement, part: string, text: string): void {
  const element = node.querySelector(`[data-live="${part}"]`);
  if (element && element.textContent !== text) element.textContent = text;
}

function draw(node: SVGGElement, part: string, path: string): void {
  node.querySelector(`[data-live="${part}"]`)?.setAttribute('d', path);
}

function label(node: SVGGElement, text: string): void {
  node.setAttribute('aria-label', text);
  const title = node.querySelector('title');
  if (title) title.textContent = text;
}

function writeNumbers(node: SVGGElement, description: string, run: PanelRun, norm: number): void {
  const { series } = run;
  const inVar = series.latestNorm(norm, 'in.var');
  const outVar = series.latestNorm(norm, 'out.var');
  const values = {
    'in.mean': formatMean(series.latestNorm(norm, 'in.mean'), inVar),
    'in.var': formatNumber(inVar),
    'out.mean': formatMean(series.latestNorm(norm, 'out.mean'), outVar),
    'out.var': formatNumber(outVar),
  };
  for (const [part, text] of Object.entries(values)) write(node, part, text);
  const paths = sparklinePaths(
    series.norm(norm, 'in.var'),
    series.norm(norm, 'out.var'),
    sparkline,
  );
  draw(node, 'spark.in', paths.before);
  draw(node, 'spark.out', paths.after);
  label(
    node,
    `${description}, ${texts.meanBefore} ${values['in.mean']}, ${texts.meanAfter} ${values['out.mean']}, ` +
      `${texts.varianceBefore} ${values['in.var']}, ${texts.varianceAfter} ${values['out.var']}`,
  );
}

function writeNothing(node: SVGGElement, description: string): void {
  draw(node, 'spark.in', '');
  draw(node, 'spark.out', '');
  label(node, description);
}
