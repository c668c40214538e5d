import { sizeOf, type Shape } from '../../compiler/graph/types.ts';
import { batchTensors, dataSizes } from '../../language/layers/dataShapes.ts';
import type { DataSettings } from '../../language/settings.ts';
import type { Picture } from './samples/picture.ts';
import { createBatch, type DataSource } from './source.ts';

/** The first samples of data, for a person to look at: as files have them, neither normalized nor changed at random. */
export type DataPreview =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'pictures'; readonly pictures: readonly LabelledPicture[] }
  | {
      readonly kind: 'table';
      readonly header: readonly string[];
      readonly rows: readonly (readonly string[])[];
    };

export interface LabelledPicture {
  readonly picture: Picture;
  /** Its class by name, or its numbers. */
  readonly label: string;
}

/** So many samples are shown. */
export const previewed = 6;
/** So many numbers of a sample, and characters of a text. */
const mostNumbers = 8;
export const mostCharacters = 400;

/** One sample: its numbers in the order of its shape, and what is to be predicted. */
export interface PreviewSample {
  readonly values: ArrayLike<number>;
  readonly label: string;
}

/** Pictures where the shape is one of grey or colours, else a table of numbers. */
export function previewSamples(samples: readonly PreviewSample[], shape: Shape): DataPreview {
  const [first = 1, height = 1, width = 1] = shape.length === 2 ? [1, ...shape] : shape;
  const channels = first === 1 ? 1 : first === 3 ? 3 : undefined;
  if (shape.length < 2 || shape.length > 3 || channels === undefined) {
    return numberTable(samples, shape);
  }
  const { low, slope } = brightness(samples);
  const pixels = height * width;
  const pictures = samples.map(({ values, label }): LabelledPicture => {
    const data = Uint8ClampedArray.from({ length: channels * pixels }, (_, i) => {
      const plane = (i % channels) * pixels + Math.floor(i / channels);
      return slope * ((values[plane] ?? 0) - low);
    });
    return { picture: { width, height, channels, data: new Uint8Array(data.buffer) }, label };
  });
  return { kind: 'pictures', pictures };
}

/** Bytes and shares of one are shown as they are, other numbers from the lowest to the highest. */
function brightness(samples: readonly PreviewSample[]): {
  readonly low: number;
  readonly slope: number;
} {
  let [low, high] = [Infinity, -Infinity];
  for (const { values } of samples) {
    for (const value of Array.from(values)) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low >= 0 && high <= 255) return { low: 0, slope: high <= 1 ? 255 : 1 };
  return { low, slope: 255 / (high - low || 1) };
}

function numberTable(samples: readonly PreviewSample[], shape: Shape): DataPreview {
  const length = sizeOf(shape);
  const shown = Math.min(length, mostNumbers);
  const more = length > shown ? ['…'] : [];
  const header = Array.from({ length: shown }, (_, i) => `x${i + 1}`);
  return {
    kind: 'table',
    header: [...header, ...more, 'y'],
    rows: samples.map(({ values, label }) => [
      ...header.map((_, i) => shortNumber(values[i] ?? NaN)),
      ...more,
      label,
    ]),
  };
}

export function shortNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** What a task that is made up hands out first. */
export function previewTask(
  settings: DataSettings,
  source: DataSource,
  names: readonly string[] | undefined,
): DataPreview {
  const tensors = batchTensors(settings, {}, previewed);
  const batch = createBatch(tensors);
  source.fillTraining(0, batch);
  const { input, targets, width } = batch;
  const perRow = targets.length / previewed;
  const rows = Array.from({ length: previewed }, (_, row) => ({
    values: input.subarray(row * width, (row + 1) * width),
    wanted: targets.subarray(row * perRow, (row + 1) * perRow),
  }));
  if (input instanceof Float32Array) {
    const shape = tensors.find(({ role }) => role === 'input')?.shape.slice(1) ?? [width];
    const label = (target: number): string => names?.[target] ?? shortNumber(target);
    return previewSamples(
      rows.map(({ values, wanted }) => ({ values, label: Array.from(wanted, label).join(', ') })),
      shape,
    );
  }
  const last = (dataSizes(settings, {}).vocabulary ?? Infinity) - 1;
  const tokens = (list: ArrayLike<number>): string =>
    Array.from(list, (token) => (token < 0 || token > last ? '·' : String(token))).join(' ');
  return {
    kind: 'table',
    header: ['x', 'y'],
    rows: rows.map(({ values, wanted }) => [tokens(values), tokens(wanted)]),
  };
}
