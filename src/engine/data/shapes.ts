import type { RandomStream } from '../../base/random.ts';
import { shapeClasses } from '../../language/layers/dataShapes.ts';
import type { DataSettings } from '../../language/settings.ts';
import type { Batch } from './source.ts';

type ShapesSettings = Extract<DataSettings, { readonly kind: 'shapes' }>;

/** Whether a point is inside of a shape of radius 1 around the origin; y points down. */
const inside: Readonly<Record<(typeof shapeClasses)[number], (x: number, y: number) => boolean>> = {
  disc: (x, y) => x * x + y * y <= 1,
  square: (x, y) => Math.max(Math.abs(x), Math.abs(y)) <= 0.85,
  triangle: (x, y) => y <= 0.8 && y >= 2 * Math.abs(x) - 1,
  cross: (x, y) =>
    Math.min(Math.abs(x), Math.abs(y)) <= 0.3 && Math.max(Math.abs(x), Math.abs(y)) <= 1,
};

/**
 * A picture [channels, size, size]: a shape whose radius is 0.2 to 0.4 of the size, wholly inside, its brightness in each channel
 * 0.5 to 1, on a background of 0, with normal noise on every pixel. The target is the shape's number in `shapeClasses`.
 */
export function shapes({
  size,
  channels,
  noise,
}: ShapesSettings): (random: RandomStream, batch: Batch, row: number) => void {
  const pixels = size * size;
  return (random, { input, targets }, row) => {
    const label = random.nextBelow(shapeClasses.length);
    const radius = size * (0.2 + 0.2 * random.nextUniform());
    const centre = (): number => radius + (size - 2 * radius) * random.nextUniform();
    const [left, top] = [centre(), centre()];
    const contains = inside[shapeClasses[label]!];
    for (let channel = 0; channel < channels; channel++) {
      const brightness = 0.5 + 0.5 * random.nextUniform();
      const at = (row * channels + channel) * pixels;
      for (let i = 0; i < pixels; i++) {
        const x = ((i % size) + 0.5 - left) / radius;
        const y = (Math.floor(i / size) + 0.5 - top) / radius;
        input[at + i] = (contains(x, y) ? brightness : 0) + noise * random.nextNormal();
      }
    }
    targets[row] = label;
  };
}
