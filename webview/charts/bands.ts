import type UPlot from 'uplot';
import { color } from '../theme.ts';
import type { Curve } from './curves.ts';

const bandOpacity = 0.18;

type Column = ArrayLike<number | null | undefined>;

/** The outline of a part of a band that has no gap: for each column of pixels its upper and its lower edge. */
interface Stretch {
  readonly xs: number[];
  readonly tops: number[];
  readonly bottoms: number[];
}

/**
 * Draws the range around each curve that has one, behind the curves. One polygon of at most two corners for each column of pixels,
 * because the clipping by which uPlot makes bands takes longer than all else in a chart where there is no graphics card.
 */
export function drawBands(plot: UPlot, curves: readonly Curve[]): void {
  const { ctx, bbox } = plot;
  const [first, last] = plot.series[0]?.idxs ?? [0, -1];
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const [i, curve] of curves.entries()) {
    const [high = [], low = []] = [plot.data[3 * i + 2], plot.data[3 * i + 3]];
    ctx.fillStyle = color(curve.color, bandOpacity);
    // The neighbours of what is seen reach into it.
    for (const stretch of stretches(plot, high, low, first - 1, last + 1)) fill(ctx, stretch);
  }
  ctx.restore();
}

function* stretches(
  plot: UPlot,
  high: Column,
  low: Column,
  first: number,
  last: number,
): Iterable<Stretch> {
  const [positions] = plot.data;
  let stretch: Stretch = { xs: [], tops: [], bottoms: [] };
  for (let i = Math.max(0, first); i <= Math.min(last, positions.length - 1); i++) {
    const [position, above, below] = [positions[i], high[i], low[i]];
    if (position === undefined || typeof above !== 'number' || typeof below !== 'number') {
      yield stretch;
      stretch = { xs: [], tops: [], bottoms: [] };
      continue;
    }
    const x = Math.round(plot.valToPos(position, 'x', true));
    const [top, bottom] = [plot.valToPos(above, 'y', true), plot.valToPos(below, 'y', true)];
    const { xs, tops, bottoms } = stretch;
    const at = xs.length - 1;
    if (xs[at] === x) {
      tops[at] = Math.min(tops[at]!, top);
      bottoms[at] = Math.max(bottoms[at]!, bottom);
    } else {
      xs.push(x);
      tops.push(top);
      bottoms.push(bottom);
    }
  }
  yield stretch;
}

function fill(context: CanvasRenderingContext2D, { xs, tops, bottoms }: Stretch): void {
  context.beginPath();
  for (let i = 0; i < xs.length; i++) context.lineTo(xs[i]!, tops[i]!);
  for (let i = xs.length - 1; i >= 0; i--) context.lineTo(xs[i]!, bottoms[i]!);
  context.fill();
}
