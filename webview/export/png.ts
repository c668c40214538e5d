import { axisFont, color } from '../theme.ts';
import type { StandaloneSvg } from './standaloneSvg.ts';

/** Pixels of a picture per unit, where it is not too large for that. */
const density = 2;
const mostPixels = 64e6;
const mostAlong = 16_384;

/** Height of a chart's title, in pixels at actual size. */
const titleHeight = 24;

/** A chart with its title, on the background of the theme, as PNG in base64. */
export function pngOfChart(chart: HTMLCanvasElement, title: string): string {
  const ratio = window.devicePixelRatio;
  const canvas = document.createElement('canvas');
  canvas.width = chart.width;
  canvas.height = chart.height + titleHeight * ratio;
  const context = canvas.getContext('2d');
  if (!context) return '';
  context.fillStyle = color('surface');
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(chart, 0, titleHeight * ratio);
  context.scale(ratio, ratio);
  context.fillStyle = color('axis');
  context.font = axisFont();
  context.fillText(title, 8, 16);
  return pngOfCanvas(canvas);
}

/** The bytes of a PNG in base64. */
function pngOfCanvas(canvas: HTMLCanvasElement): string {
  return canvas.toDataURL('image/png').split(',')[1] ?? '';
}

/** Draws a standalone picture as PNG, in base64: twice its size, or as large as a canvas can be. */
export async function pngOfSvg({ text, width, height }: StandaloneSvg): Promise<string> {
  const scale = Math.min(
    density,
    Math.sqrt(mostPixels / (width * height)),
    mostAlong / Math.max(width, height),
  );
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.floor(width * scale));
  canvas.height = Math.max(1, Math.floor(height * scale));
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return pngOfCanvas(canvas);
}
