import type { StandaloneSvg } from './standaloneSvg.ts';

/** Pixels of a picture per unit, where it is not too large for that. */
const density = 2;
const mostPixels = 64e6;
const mostAlong = 16_384;

/** The bytes of a PNG in base64. */
export function pngOfCanvas(canvas: HTMLCanvasElement): string {
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
