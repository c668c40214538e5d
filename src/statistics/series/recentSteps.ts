import { normColumns, normWidth, type NormColumn } from '../taps.ts';
import type { ScalarColumn, SeriesColumns, StepColumns, ThinnedSteps } from './steps.ts';

const mostSteps = 1024;
const fewestSteps = 64;
const bytesForNorms = 2 * 2 ** 20;

const stored = ['loss', 'gradNorm', 'lr', 'accuracy'] as const;

/** Which of the columns a scalar is read from: a single step is its own minimum and maximum. */
function storedOf(name: ScalarColumn): number {
  return stored.findIndex((column) => name.startsWith(column));
}

/** The newest steps of a run one by one, in bounded memory: at most 1,024, fewer where there are very many norms. */
export class RecentSteps implements SeriesColumns {
  readonly capacity: number;
  private readonly width: number;
  /** Twice the capacity, so that old steps are seldom moved out. */
  private readonly scalars: readonly Float64Array[];
  private readonly norms: Float32Array;
  private first = 0;
  private used = 0;

  constructor(normCount: number) {
    this.width = normCount * normWidth;
    const perStep = Math.max(1, this.width) * Float32Array.BYTES_PER_ELEMENT;
    const affordable = Math.floor(bytesForNorms / perStep);
    this.capacity = Math.min(mostSteps, Math.max(fewestSteps, affordable));
    this.scalars = stored.map(() => new Float64Array(2 * this.capacity));
    this.norms = new Float32Array(2 * this.capacity * this.width);
  }

  /** Bytes held, which do not grow with the run. */
  get bytes(): number {
    return this.norms.byteLength + stored.length * 16 * this.capacity;
  }

  /** Takes in steps; what does not follow on those that are there replaces them. Of thinned steps none is known by itself. */
  append(batch: StepColumns): void {
    const count = batch.loss.length;
    if (count === 0) return;
    if ((batch.stride ?? 1) > 1) {
      this.used = 0;
      return;
    }
    const from = Math.max(0, count - this.capacity);
    const isNext = batch.first >= this.first && batch.first <= this.first + this.used;
    this.used = isNext && from === 0 ? batch.first - this.first : 0;
    for (let i = from; i < count; i++) this.add(batch, i);
  }

  steps(): number[] {
    const { begin } = this;
    return Array.from({ length: this.used - begin }, (_, i) => this.first + begin + i);
  }

  scalar(name: ScalarColumn): number[] {
    return [...this.scalars[storedOf(name)]!.subarray(this.begin, this.used)];
  }

  norm(norm: number, name: NormColumn): number[] {
    const { begin, width, norms } = this;
    const at = norm * normWidth + normColumns.indexOf(name);
    return Array.from({ length: this.used - begin }, (_, i) => norms[(begin + i) * width + at]!);
  }

  /** The content as a batch for the `append` of a series; none while it is empty. */
  snapshot(): ThinnedSteps[] {
    const { begin, used, width } = this;
    if (used === begin) return [];
    const [loss, gradNorm, lr, accuracy] = this.scalars.map((column) => column.slice(begin, used));
    return [
      {
        first: this.first + begin,
        stride: 1,
        last: this.first + used - 1,
        loss: loss!,
        gradNorm: gradNorm!,
        lr: lr!,
        accuracy: accuracy!,
        norms: this.norms.slice(begin * width, used * width),
        isRecent: true,
      },
    ];
  }

  /** Place of the oldest step that is shown. */
  private get begin(): number {
    return Math.max(0, this.used - this.capacity);
  }

  private add(batch: StepColumns, i: number): void {
    if (this.used === 0) this.first = batch.first + i;
    if (this.used === 2 * this.capacity) this.moveToFront();
    const { used, width } = this;
    for (const [s, name] of stored.entries()) this.scalars[s]![used] = batch[name]?.[i] ?? NaN;
    this.norms.set(batch.norms.subarray(i * width, (i + 1) * width), used * width);
    this.used++;
  }

  private moveToFront(): void {
    const { capacity, width } = this;
    for (const column of this.scalars) column.copyWithin(0, capacity);
    this.norms.copyWithin(0, capacity * width);
    this.first += capacity;
    this.used = capacity;
  }
}
