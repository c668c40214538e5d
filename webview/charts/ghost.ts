import type UPlot from 'uplot';
import { color, type ColorName } from '../theme.ts';
import type { ChartData } from './curves.ts';

const lineOpacity = 0.35;
const windowOpacity = 0.06;

/**
 * Draws the whole run faintly behind a window of it: along the whole width of the chart, on the window's own axis of values, cut off
 * where it leaves that. The part of the run that the window shows is shaded.
 */
export function drawGhost(
  plot: UPlot,
  { positions, curves }: ChartData,
  colors: readonly ColorName[],
): void {
  const [first = 0, last = 0] = [positions[0], positions.at(-1)];
  if (last <= first) return;
  const { ctx, bbox } = plot;
  const x = (step: number) => bbox.left + ((step - first) / (last - first)) * bbox.width;
  const from = x(Math.max(first, plot.data[0][0] ?? last));
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = color('axis', windowOpacity);
  ctx.fillRect(from, bbox.top, bbox.left + bbox.width - from, bbox.height);
  ctx.lineWidth = window.devicePixelRatio;
  for (const [i, { values }] of curves.entries()) {
    ctx.strokeStyle = color(colors[i] ?? 'axis', lineOpacity);
    ctx.beginPath();
    let isDrawing = false;
    for (const [at, value] of values.entries()) {
      const y = plot.valToPos(value, 'y', true);
      if (!Number.isFinite(y)) continue;
      if (isDrawing) ctx.lineTo(x(positions[at] ?? 0), y);
      else ctx.moveTo(x(positions[at] ?? 0), y);
      isDrawing = true;
    }
    ctx.stroke();
  }
  ctx.restore();
}
