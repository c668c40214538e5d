import { sizeOf, type Shape } from '../../../compiler/graph/types.ts';
import { readElements, type Elements } from './elements.ts';
import { channelsOf, type Normalization } from './plan.ts';
import { openRows, type RowsSpec } from './rows.ts';

/** Of larger data, evenly spaced samples with about so many numbers in all are looked at. */
const mostNumbers = 64e6;

export interface Measured {
  readonly rows: readonly RowsSpec[];
  readonly elements: Elements;
  readonly scale: number;
  readonly shape: Shape;
  readonly training: Uint32Array;
}

/**
 * Mean and standard deviation (biased) of the training part by channel, after `scale`; `gate` is awaited now and then. Accumulated
 * in float64 around the first value of each channel, so that a large offset costs no digits.
 */
export async function measure(
  data: Measured,
  gate: () => Promise<void>,
  most = mostNumbers,
): Promise<Normalization> {
  const { elements, scale, shape, training } = data;
  const length = sizeOf(shape);
  const channels = channelsOf(shape);
  const pixels = length / channels;
  const step = Math.max(1, Math.ceil((training.length * length) / most));
  const values = new Float64Array(length);
  const first = new Float64Array(channels);
  const sums = new Float64Array(channels);
  const squares = new Float64Array(channels);
  let count = 0;
  const rows = openRows(data.rows);
  try {
    for (let at = 0; at < training.length; at += step) {
      if (count % 1024 === 0) await gate();
      readElements(rows.read(training[at]!), elements, values);
      for (let channel = 0; channel < channels; channel++) {
        if (count === 0) first[channel] = values[channel * pixels]!;
        const origin = first[channel]!;
        let [sum, square] = [0, 0];
        for (let i = channel * pixels; i < (channel + 1) * pixels; i++) {
          const difference = values[i]! - origin;
          sum += difference;
          square += difference * difference;
        }
        sums[channel]! += sum;
        squares[channel]! += square;
      }
      count++;
    }
  } finally {
    rows.close();
  }
  const numbers = count * pixels;
  const offsets = Array.from(sums, (sum) => sum / numbers);
  return {
    mean: offsets.map((offset, channel) => scale * (first[channel]! + offset)),
    std: offsets.map((offset, channel) => {
      const variance = squares[channel]! / numbers - offset * offset;
      return scale * Math.sqrt(Math.max(0, variance));
    }),
  };
}
