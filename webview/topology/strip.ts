import { svg, type SVGTemplateResult } from 'lit-html';
import { branchRatio, type StreamPoint } from '../../src/statistics/stream.ts';
import { levelOf, railWidth } from './rail.ts';

/** Free space around the strip inside of its node. */
const margin = 12;
/** Of more residuals than this, only some are drawn. */
const mostCells = 72;
const tallest = 12;

/**
 * The stream through a collapsed stack, from its first residual on the left: a cell per residual, as high as the rail behind it is
 * wide, in the colour of its branch/skip ratio.
 */
export function stripTemplate(
  points: readonly StreamPoint[],
  width: number,
  height: number,
): SVGTemplateResult {
  const base = height - 5;
  const count = Math.min(mostCells, points.length);
  const cell = (width - 2 * margin) / count;
  const cells = Array.from({ length: count }, (_, i) => {
    const point = points[Math.floor((i * points.length) / count)];
    if (!point) return svg``;
    const high = (tallest * railWidth(point.sum.rms)) / 18;
    const level = levelOf(branchRatio(point)) ?? '';
    const free = cell > 3 ? 1 : 0;
    return svg`<rect class=${`cell level${level}`} x=${margin + i * cell} y=${base - high}
      width=${cell - free} height=${high}/>`;
  });
  return svg`<g class="strip">${cells}
    <line class="sparkbase" x1=${margin} y1=${base + 0.5} x2=${width - margin} y2=${base + 0.5}/></g>`;
}
