import { RandomStream } from '../../../base/random.ts';
import { sizeOf } from '../../../compiler/graph/types.ts';
import { countTargets } from '../source.ts';
import { readElements } from './elements.ts';
import { channelsOf, type SamplePlan } from './plan.ts';
import { openRows, type Rows } from './rows.ts';

/** Arrays of a batch: `input` [size, ...sample shape], `targets` [size] classes or [size, n] numbers. */
export interface SampleArrays {
  readonly size: number;
  readonly input: Float32Array;
  readonly targets: Int32Array | Float32Array;
}

export type Part = 'training' | 'validation';

/** Makes batches: which samples a batch holds, and how they are turned, depends on the plan and the batch number alone. */
export class SampleFiller {
  private readonly plan: SamplePlan;
  private readonly rows: Rows;
  private readonly length: number;
  private readonly raw: Float64Array;
  private readonly plain: Float32Array;
  private readonly slope: Float64Array;
  private readonly shift: Float64Array;
  /** Values of bytes by channel: [channels, 256]; empty for other numbers. */
  private readonly ofByte: Float32Array;
  private epoch = -1;
  private order: Uint32Array = new Uint32Array();

  /** Throws `data-unreadable`. */
  constructor(plan: SamplePlan) {
    this.plan = plan;
    this.rows = openRows(plan.rows);
    this.length = sizeOf(plan.shape);
    this.raw = new Float64Array(this.length);
    this.plain = new Float32Array(this.length);
    const { mean, std } = plan.normalization;
    // A constant has nothing to be divided by.
    const divisor = std.map((value) => (value === 0 ? 1 : value));
    this.slope = Float64Array.from(divisor, (value) => plan.scale / value);
    this.shift = Float64Array.from(divisor, (value, channel) => -mean[channel]! / value);
    const isBytes = plan.elements.type === 'uint8';
    this.ofByte = Float32Array.from({ length: isBytes ? 256 * mean.length : 0 }, (_, i) => {
      const channel = i >> 8;
      return (i & 255) * this.slope[channel]! + this.shift[channel]!;
    });
  }

  /** Fills batch number `index`; returns how many of its targets count. Throws what reading throws. */
  fill(part: Part, index: number, arrays: SampleArrays): number {
    return part === 'training' ? this.fillTraining(index, arrays) : this.fillRest(index, arrays);
  }

  close(): void {
    this.rows.close();
  }

  private fillTraining(index: number, arrays: SampleArrays): number {
    const { batchesPerEpoch, seed, training, flip, crop } = this.plan;
    const epoch = Math.floor(index / batchesPerEpoch);
    if (epoch !== this.epoch) {
      this.order = new RandomStream(seed, 'shuffle', epoch).nextPermutation(training.length);
      this.epoch = epoch;
    }
    const random = flip > 0 || crop > 0 ? new RandomStream(seed, 'augment', index) : undefined;
    const first = (index % batchesPerEpoch) * arrays.size;
    for (let row = 0; row < arrays.size; row++) {
      this.fillRow(training[this.order[first + row]!]!, arrays, row, random);
    }
    return arrays.targets.length;
  }

  /** The validation part in order; the rows after its end are empty, and do not count. */
  private fillRest(index: number, { size, input, targets }: SampleArrays): number {
    const { validation, ignored } = this.plan;
    const first = index * size;
    const count = Math.min(size, validation.length - first);
    for (let row = 0; row < count; row++) {
      this.fillRow(validation[first + row]!, { size, input, targets }, row, undefined);
    }
    input.fill(0, count * this.length);
    const width = targets.length / size;
    const counted = countTargets(targets.subarray(0, count * width), ignored);
    targets.fill(ignored ?? 0, count * width);
    return counted;
  }

  private fillRow(
    sample: number,
    { size, input, targets }: SampleArrays,
    row: number,
    random: RandomStream | undefined,
  ): void {
    const { length, plan } = this;
    const place = input.subarray(row * length, (row + 1) * length);
    if (random === undefined) this.normalize(sample, place);
    else {
      this.normalize(sample, this.plain);
      this.augment(place, random);
    }
    const width = targets.length / size;
    for (let i = 0; i < width; i++) targets[row * width + i] = plan.targets[sample * width + i]!;
  }

  private normalize(sample: number, into: Float32Array): void {
    const { plan, ofByte, raw, slope, shift } = this;
    const bytes = this.rows.read(sample);
    const channels = slope.length;
    const pixels = this.length / channels;
    if (ofByte.length > 0) {
      for (let channel = 0, i = 0; channel < channels; channel++) {
        const base = 256 * channel;
        for (const end = i + pixels; i < end; i++) into[i] = ofByte[base + bytes[i]!]!;
      }
      return;
    }
    readElements(bytes, plan.elements, raw);
    for (let channel = 0, i = 0; channel < channels; channel++) {
      const [factor, offset] = [slope[channel]!, shift[channel]!];
      for (const end = i + pixels; i < end; i++) into[i] = raw[i]! * factor + offset;
    }
  }

  /** As torchvision's RandomHorizontalFlip and RandomCrop with padding: what is outside of the picture is black. */
  private augment(into: Float32Array, random: RandomStream): void {
    const { plain, plan, shift } = this;
    const { flip, crop, shape } = plan;
    const mirrored = random.nextUniform() < flip;
    const down = random.nextBelow(2 * crop + 1) - crop;
    const right = random.nextBelow(2 * crop + 1) - crop;
    const [channels, height, width] = [channelsOf(shape), shape[1] ?? 1, shape[2] ?? 1];
    let at = 0;
    for (let channel = 0; channel < channels; channel++) {
      for (let y = 0; y < height; y++) {
        const from = y + down;
        const isInside = from >= 0 && from < height;
        const line = (channel * height + from) * width;
        for (let x = 0; x < width; x++) {
          const column = (mirrored ? width - 1 - x : x) + right;
          const isPixel = isInside && column >= 0 && column < width;
          into[at++] = isPixel ? plain[line + column]! : shift[channel]!;
        }
      }
    }
  }
}
