import type UPlot from 'uplot';
import { texts } from '../texts.ts';
import { axisFont, color } from '../theme.ts';

/** Free space between two marks, in pixels of the screen. */
const leastApart = 64;

/** Which epochs are marked, so that marks are not too close: every one, or every second, fifth, tenth … */
export function epochStride(pixelsPerEpoch: number): number {
  for (let power = 1; power < 1e12; power *= 10) {
    for (const factor of [1, 2, 5]) {
      if (pixelsPerEpoch * factor * power >= leastApart) return factor * power;
    }
  }
  return Infinity;
}

/** Marks the ends of epochs with thin lines along the axis of steps; nothing where the data has no end. */
export function drawEpochs(plot: UPlot, stepsPerEpoch: number | undefined): void {
  const { min, max } = plot.scales['x'] ?? {};
  if (stepsPerEpoch === undefined || min === undefined || max === undefined) return;
  const { ctx, bbox } = plot;
  const ratio = window.devicePixelRatio;
  const stride = epochStride((bbox.width / ratio / (max - min)) * stepsPerEpoch);
  const every = stride * stepsPerEpoch;
  if (!Number.isFinite(every)) return;
  ctx.save();
  ctx.fillStyle = ctx.strokeStyle = color('axis', 0.7);
  ctx.font = axisFont().replace(/^\d+/, (size) => String(Number(size) * 0.9 * ratio));
  ctx.textAlign = 'right';
  ctx.textBaseline = 'top';
  ctx.setLineDash([2 * ratio, 3 * ratio]);
  for (let step = Math.max(every, Math.ceil(min / every) * every); step <= max; step += every) {
    const x = Math.round(plot.valToPos(step, 'x', true));
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.fillText(
      texts.epoch(Math.round(step / stepsPerEpoch)),
      x - 3 * ratio,
      bbox.top + 2 * ratio,
    );
  }
  ctx.restore();
}
