import { palettes, type Rgb } from './palettes.ts';

/** How numbers become colours. */
export interface ColorScale {
  readonly low: number;
  readonly high: number;
  /** Where a value lies between the ends of the colours, 0 and 1; NaN where there is none. */
  at(value: number): number;
  /** Colours from low to high, evenly apart. */
  readonly colors: readonly Rgb[];
}

/** The colour at a place from 0 to 1 of colours that are evenly apart. */
export function colorAt(colors: readonly Rgb[], at: number): Rgb {
  const place = Math.min(1, Math.max(0, at)) * (colors.length - 1);
  const index = Math.min(colors.length - 2, Math.floor(place));
  const [from, to] = [colors[index] ?? [0, 0, 0], colors[index + 1] ?? [0, 0, 0]];
  const mix = (channel: 0 | 1 | 2) =>
    from[channel] + (to[channel] - from[channel]) * (place - index);
  return [mix(0), mix(1), mix(2)];
}

function extremes(values: Iterable<number>): { low: number; high: number } {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return { low, high };
}

/** Variances by their logarithm, from the smallest that is above nought to the largest. */
export function varianceScale(values: Float64Array): ColorScale {
  const { low, high } = extremes(values.filter((value) => value > 0));
  const [from, to] = [Math.log10(low), Math.log10(high)];
  const { sequential } = palettes();
  const at = (value: number): number => {
    if (!Number.isFinite(value)) return NaN;
    return to > from ? (Math.log10(Math.max(value, low)) - from) / (to - from) : 0.5;
  };
  return { low, high, at, colors: sequential };
}

/** Means around nought, alike on both sides. */
export function meanScale(values: Float64Array): ColorScale {
  const { low, high } = extremes(values);
  const most = Math.max(Math.abs(low), Math.abs(high));
  const { diverging } = palettes();
  const at = (value: number): number => {
    if (!Number.isFinite(value)) return NaN;
    return most > 0 ? 0.5 + value / (2 * most) : 0.5;
  };
  return { low: -most, high: most, at, colors: diverging };
}
