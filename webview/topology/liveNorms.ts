import type { PanelRun } from '../store.ts';
import { formatMean, formatNumber } from '../format.ts';
import { texts } from '../texts.ts';
import { writeText } from '../writeText.ts';
import { sparkline } from './nodes.ts';
import { sparklinePaths } from './sparkline.ts';

/**
 * Writes the newest numbers of a run wherever the picture shows a norm, which is marked by `data-norm`; `describe` says what a
 * norm is without them.
 */
export function updateNorms(
  world: SVGGElement,
  run: PanelRun | null,
  describe: (path: string) => string,
): void {
  const index = new Map(run?.info.norms.map((norm, i) => [norm.path, i]));
  for (const place of world.querySelectorAll<SVGGElement>('[data-norm]')) {
    const path = place.dataset['norm'] ?? '';
    const norm = index.get(path);
    const isKnown = run !== null && norm !== undefined && run.series.lastStep !== undefined;
    const numbers = isKnown ? numbersOf(run, norm) : noNumbers;
    for (const [part, text] of Object.entries(numbers.texts)) write(place, part, text);
    if (!place.classList.contains('norm')) continue;
    label(place, describe(path) + numbers.spoken);
    const paths = isKnown ? curvesOf(run, norm) : { before: '', after: '' };
    place.querySelector('[data-live="spark.in"]')?.setAttribute('d', paths.before);
    place.querySelector('[data-live="spark.out"]')?.setAttribute('d', paths.after);
  }
}

interface Numbers {
  readonly texts: Readonly<Record<string, string>>;
  /** The same as a sentence for screen readers. */
  readonly spoken: string;
}

const missing = formatNumber(NaN);
const noNumbers: Numbers = {
  texts: { 'in.mean': missing, 'in.var': missing, 'out.mean': missing, 'out.var': missing },
  spoken: '',
};

function numbersOf({ series }: PanelRun, norm: number): Numbers {
  const inVar = series.latestNorm(norm, 'in.var');
  const outVar = series.latestNorm(norm, 'out.var');
  const written = {
    'in.mean': formatMean(series.latestNorm(norm, 'in.mean'), inVar),
    'in.var': formatNumber(inVar),
    'out.mean': formatMean(series.latestNorm(norm, 'out.mean'), outVar),
    'out.var': formatNumber(outVar),
  };
  const spoken = [
    '',
    `${texts.meanBefore} ${written['in.mean']}`,
    `${texts.meanAfter} ${written['out.mean']}`,
    `${texts.varianceBefore} ${written['in.var']}`,
    `${texts.varianceAfter} ${written['out.var']}`,
  ].join(', ');
  return { texts: written, spoken };
}

function curvesOf({ series }: PanelRun, norm: number) {
  return sparklinePaths(series.norm(norm, 'in.var'), series.norm(norm, 'out.var'), sparkline);
}

function write(place: SVGGElement, part: string, text: string): void {
  writeText(place.querySelector(`[data-live="${part}"]`), text);
}

function label(node: SVGGElement, text: string): void {
  node.querySelector('[role="treeitem"]')?.setAttribute('aria-label', text);
  writeText(node.querySelector('title'), text);
}
