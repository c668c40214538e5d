import type { Picture, PictureHeader } from './picture.ts';

/** Weights of grey in red, green and blue: ITU-R 601, as Pillow's mode L. */
const luma = [0.299, 0.587, 0.114] as const;

/** What a picture is brought to. */
export interface PictureForm {
  readonly channels: 1 | 3;
  /** Height and width; absent where a picture keeps its own. */
  readonly size?: number;
}

/**
 * A picture as planes [channels, height, width]. With `size` its shorter side is brought to `size`, and the middle is cut out: averaged
 * with the triangle filter, as Pillow's BILINEAR. Grey becomes three equal channels, as torchvision's `Grayscale(3)`.
 */
export function toPlanes(picture: Picture, { channels, size }: PictureForm): Uint8Array {
  const different = picture.channels === 1 ? 1 : channels;
  const planes = Array.from({ length: different }, (_, channel) =>
    plane(picture, channels, channel),
  );
  const shown = size === undefined ? planes : planes.map(resizer(picture, size));
  return joined(Array.from({ length: channels }, (_, channel) => shown[channel % different]!));
}

function plane(
  { width, height, channels: own, data }: Picture,
  channels: 1 | 3,
  channel: number,
): Float32Array {
  const values = new Float32Array(width * height);
  for (let i = 0; i < values.length; i++) {
    if (own === channels) values[i] = data[i * own + channel]!;
    else if (own === 1) values[i] = data[i]!;
    else {
      values[i] = luma[0] * data[3 * i]! + luma[1] * data[3 * i + 1]! + luma[2] * data[3 * i + 2]!;
    }
  }
  return values;
}

/** Which pixels of a line a new pixel is averaged from, and their weights. */
interface Taps {
  readonly first: number;
  readonly weights: Float64Array;
}

/** The middle `size` pixels of a line of `length` pixels whose scale is old pixels per new pixel. */
function filterLine(length: number, size: number, scale: number): readonly Taps[] {
  const support = Math.max(1, scale);
  const start = (length - size * scale) / 2;
  return Array.from({ length: size }, (_, i) => {
    const centre = start + (i + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - support));
    const last = Math.min(length - 1, Math.ceil(centre + support));
    const raw = Array.from({ length: last - first + 1 }, (_, k) =>
      Math.max(0, 1 - Math.abs(first + k + 0.5 - centre) / support),
    );
    const total = raw.reduce((sum, weight) => sum + weight, 0);
    return { first, weights: Float64Array.from(raw, (weight) => weight / total) };
  });
}

/** Brings planes [height, width] to [size, size]. */
function resizer(
  { width, height }: PictureHeader,
  size: number,
): (values: Float32Array) => Float32Array {
  const scale = Math.min(width, height) / size;
  const columns = filterLine(width, size, scale);
  const rows = filterLine(height, size, scale);
  return (values) => {
    const narrow = new Float32Array(height * size);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < size; x++) {
        narrow[y * size + x] = weighted(values, columns[x]!, y * width, 1);
      }
    }
    const small = new Float32Array(size * size);
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) small[y * size + x] = weighted(narrow, rows[y]!, x, size);
    }
    return small;
  };
}

/** The average of a line that begins at `start` and goes on by `stride`. */
function weighted(
  values: Float32Array,
  { first, weights }: Taps,
  start: number,
  stride: number,
): number {
  let sum = 0;
  for (let k = 0; k < weights.length; k++) {
    sum += weights[k]! * values[start + (first + k) * stride]!;
  }
  return sum;
}

function joined(planes: readonly Float32Array[]): Uint8Array {
  const [first] = planes;
  const bytes = new Uint8ClampedArray(planes.length * (first?.length ?? 0));
  planes.forEach((values, index) => {
    bytes.set(values, index * values.length);
  });
  return new Uint8Array(bytes.buffer);
}
