import { normColumns, normWidth, type NormColumn } from '../taps.ts';
import { merge, type Reduction } from './column.ts';
import { RecentSteps } from './recentSteps.ts';
import {
  scalarNames,
  type ScalarColumn,
  type SeriesColumns,
  type StepColumns,
  type ThinnedSteps,
} from './steps.ts';

const bytesForNorms = 32 * 2 ** 20;
const fewestBuckets = 256;
const mostBuckets = 2048;

function reductionOf(name: string): Reduction {
  if (/min$/i.test(name)) return 'min';
  return /max$/i.test(name) ? 'max' : 'mean';
}

const scalarReductions = scalarNames.map(reductionOf);
const normReductions = normColumns.map(reductionOf);

/** The value of a scalar column for element `i` of a batch; the batch of single steps is its own minimum and maximum. */
function scalarAt(batch: StepColumns, name: ScalarColumn, i: number): number {
  switch (name) {
    case 'lossMin':
      return (batch.lossMin ?? batch.loss)[i] ?? NaN;
    case 'lossMax':
      return (batch.lossMax ?? batch.loss)[i] ?? NaN;
    case 'gradNormMin':
      return (batch.gradNormMin ?? batch.gradNorm)[i] ?? NaN;
    case 'gradNormMax':
      return (batch.gradNormMax ?? batch.gradNorm)[i] ?? NaN;
    case 'accuracy':
      return batch.accuracy?.[i] ?? NaN;
    case 'loss':
    case 'gradNorm':
    case 'lr':
      return batch[name][i] ?? NaN;
  }
}

/**
 * The history of a run in bounded memory, however long the run is. Steps fall into buckets of `stride` steps; when the buckets
 * are full, neighbours are merged and the stride doubles. A bucket keeps means, and the extremes of what has extremes, so that
 * a spike of one step stays visible after a million.
 */
export class RunSeries implements SeriesColumns {
  readonly normCount: number;
  /** The newest steps, one by one. */
  readonly recent: RecentSteps;
  /** Most buckets that are ever kept; even. */
  readonly capacity: number;
  /** Changes with every change of the content. */
  version = 0;

  /** Steps per bucket, a power of two. Bucket `b` holds the steps `(origin + b) · stride` up to the next. */
  private bucketStride = 1;
  private origin = 0;
  private used = 0;
  /** Steps merged into each bucket; 0 where none fell into it. */
  private readonly counts: Float64Array;
  private readonly lastSteps: Float64Array;
  /** [scalar][bucket]. */
  private readonly scalars: readonly Float64Array[];
  /** [bucket, norm, normWidth]. */
  private readonly norms: Float32Array;
  private readonly latestScalars = new Float64Array(scalarNames.length).fill(NaN);
  private readonly latestNorms: Float32Array;

  /** `capacity`: most buckets; by default 2048, fewer where very many norms would take more than 32 MiB. */
  constructor(normCount: number, capacity?: number) {
    const perBucket = Math.max(1, normCount) * normWidth * Float32Array.BYTES_PER_ELEMENT;
    const affordable = Math.floor(bytesForNorms / perBucket);
    const wanted = capacity ?? Math.min(mostBuckets, Math.max(fewestBuckets, affordable));
    this.normCount = normCount;
    this.recent = new RecentSteps(normCount);
    this.capacity = Math.max(2, wanted - (wanted % 2));
    this.counts = new Float64Array(this.capacity);
    this.lastSteps = new Float64Array(this.capacity);
    this.scalars = scalarNames.map(() => new Float64Array(this.capacity));
    this.norms = new Float32Array(this.capacity * normCount * normWidth);
    this.latestNorms = new Float32Array(normCount * normWidth).fill(NaN);
  }

  /** Steps per bucket. */
  get stride(): number {
    return this.bucketStride;
  }

  /** The last step taken, from 0; undefined before the first. */
  get lastStep(): number | undefined {
    return this.used === 0 ? undefined : this.lastSteps[this.used - 1];
  }

  /** Bytes held, which do not grow with the run. */
  get bytes(): number {
    return (
      this.norms.byteLength +
      this.latestNorms.byteLength +
      this.recent.bytes +
      (scalarNames.length + 2) * 8 * this.capacity
    );
  }

  /**
   * Takes in steps. Steps that were there before (a run went on from a checkpoint) replace what followed them; inside a bucket
   * that already holds them they are not counted twice.
   */
  append(batch: StepColumns): void {
    this.recent.append(batch);
    if (batch.isRecent === true) {
      this.version++;
      return;
    }
    const batchStride = Math.max(1, batch.stride ?? 1);
    while (this.bucketStride < batchStride) this.halve();
    const count = batch.loss.length;
    if (count === 0) return;
    this.truncate(batch.first);
    for (let i = 0; i < count; i++) {
      const step = batch.first + i * batchStride;
      const end = step + batchStride - 1;
      const last = i === count - 1 ? Math.min(end, batch.last ?? end) : end;
      this.add(batch, i, step, last);
    }
    this.keepLatest(batch, count - 1);
    this.version++;
  }

  /** The steps at which the columns below have values: the last step of each bucket. */
  steps(): number[] {
    return this.collect((bucket) => this.lastSteps[bucket]!);
  }

  /** A scalar column, one value per entry of `steps()`. */
  scalar(name: ScalarColumn): number[] {
    const values = this.scalars[scalarNames.indexOf(name)]!;
    return this.collect((bucket) => values[bucket]!);
  }

  /** A column of norm `norm` (its place in the run's list), one value per entry of `steps()`. */
  norm(norm: number, name: NormColumn): number[] {
    const at = norm * normWidth + normColumns.indexOf(name);
    const width = this.normCount * normWidth;
    return this.collect((bucket) => this.norms[bucket * width + at] ?? NaN);
  }

  /** A column of every norm in the bucket that step `step` fell into, or the nearest later one; NaN after the last. */
  normsAt(step: number, name: NormColumn): number[] {
    let bucket = 0;
    while (bucket < this.used && (this.counts[bucket] === 0 || this.lastSteps[bucket]! < step))
      bucket++;
    const column = normColumns.indexOf(name);
    return Array.from({ length: this.normCount }, (_, norm) =>
      bucket < this.used ? this.norms[(bucket * this.normCount + norm) * normWidth + column]! : NaN,
    );
  }

  /** The value at exactly the last step; NaN before the first. */
  latestScalar(name: ScalarColumn): number {
    return this.latestScalars[scalarNames.indexOf(name)] ?? NaN;
  }

  /** The value of a norm at exactly the last step; NaN before the first. */
  latestNorm(norm: number, name: NormColumn): number {
    return this.latestNorms[norm * normWidth + normColumns.indexOf(name)] ?? NaN;
  }

  /**
   * The content as batches that `append` takes: one per stretch without gaps, then the last step by itself, then the recent steps.
   * What another series makes of them is this series.
   */
  snapshot(): ThinnedSteps[] {
    const batches: ThinnedSteps[] = [];
    let start = 0;
    for (let bucket = 0; bucket <= this.used; bucket++) {
      if (bucket < this.used && this.counts[bucket] !== 0) continue;
      if (bucket > start) batches.push(this.stretch(start, bucket));
      start = bucket + 1;
    }
    const last = this.lastStep;
    if (last !== undefined) batches.push(this.latestBatch(last), ...this.recent.snapshot());
    return batches;
  }

  private add(batch: StepColumns, i: number, step: number, last: number): void {
    let index = Math.floor(step / this.bucketStride);
    if (this.used === 0) this.origin = index;
    while (index - this.origin >= this.capacity) {
      this.halve();
      index = Math.floor(step / this.bucketStride);
    }
    const bucket = index - this.origin;
    for (let b = this.used; b <= bucket; b++) this.counts[b] = 0;
    const before = bucket < this.used ? this.counts[bucket]! : 0;
    if (before > 0 && last <= this.lastSteps[bucket]!) return;
    this.used = bucket + 1;
    const added = last - step + 1;
    for (const [s, name] of scalarNames.entries()) {
      const column = this.scalars[s]!;
      const value = scalarAt(batch, name, i);
      column[bucket] =
        before === 0 ? value : merge(scalarReductions[s]!, column[bucket]!, before, value, added);
    }
    const width = this.normCount * normWidth;
    for (let at = 0; at < width; at++) {
      const value = batch.norms[i * width + at] ?? NaN;
      const own = bucket * width + at;
      this.norms[own] =
        before === 0
          ? value
          : merge(normReductions[at % normWidth]!, this.norms[own]!, before, value, added);
    }
    this.counts[bucket] = before + added;
    this.lastSteps[bucket] = last;
  }

  /** Drops the buckets that begin at `first` or later. */
  private truncate(first: number): void {
    const keep = Math.max(0, Math.ceil(first / this.bucketStride) - this.origin);
    if (keep < this.used) this.used = keep;
    while (this.used > 0 && this.counts[this.used - 1] === 0) this.used--;
  }

  /** Doubles the stride by merging each bucket with its neighbour. */
  private halve(): void {
    const origin = Math.floor(this.origin / 2);
    const width = this.normCount * normWidth;
    let used = 0;
    for (let bucket = 0; bucket < this.used; bucket++) {
      const target = Math.floor((this.origin + bucket) / 2) - origin;
      const count = this.counts[bucket]!;
      const before = target < used ? this.counts[target]! : 0;
      if (target >= used) used = target + 1;
      if (count === 0) {
        this.counts[target] = before;
        continue;
      }
      for (const [s, column] of this.scalars.entries()) {
        column[target] =
          before === 0
            ? column[bucket]!
            : merge(scalarReductions[s]!, column[target]!, before, column[bucket]!, count);
      }
      for (let at = 0; at < width; at++) {
        const value = this.norms[bucket * width + at]!;
        const own = target * width + at;
        this.norms[own] =
          before === 0
            ? value
            : merge(normReductions[at % normWidth]!, this.norms[own]!, before, value, count);
      }
      this.lastSteps[target] = this.lastSteps[bucket]!;
      this.counts[target] = before + count;
    }
    this.origin = origin;
    this.used = used;
    this.bucketStride *= 2;
  }

  private keepLatest(batch: StepColumns, i: number): void {
    for (const [s, name] of scalarNames.entries()) this.latestScalars[s] = scalarAt(batch, name, i);
    const width = this.normCount * normWidth;
    for (let at = 0; at < width; at++) this.latestNorms[at] = batch.norms[i * width + at] ?? NaN;
  }

  private collect(read: (bucket: number) => number): number[] {
    const values: number[] = [];
    for (let bucket = 0; bucket < this.used; bucket++) {
      if (this.counts[bucket] !== 0) values.push(read(bucket));
    }
    return values;
  }

  private stretch(start: number, end: number): ThinnedSteps {
    const width = this.normCount * normWidth;
    const [loss, lossMin, lossMax, gradNorm, gradNormMin, gradNormMax, lr, accuracy] =
      this.scalars.map((column) => column.slice(start, end));
    return {
      first: (this.origin + start) * this.bucketStride,
      stride: this.bucketStride,
      last: this.lastSteps[end - 1]!,
      loss: loss!,
      lossMin: lossMin!,
      lossMax: lossMax!,
      gradNorm: gradNorm!,
      gradNormMin: gradNormMin!,
      gradNormMax: gradNormMax!,
      lr: lr!,
      accuracy: accuracy!,
      norms: this.norms.slice(start * width, end * width),
    };
  }

  private latestBatch(last: number): ThinnedSteps {
    return {
      first: last,
      stride: 1,
      last,
      loss: Float64Array.of(this.latestScalar('loss')),
      gradNorm: Float64Array.of(this.latestScalar('gradNorm')),
      lr: Float64Array.of(this.latestScalar('lr')),
      accuracy: Float64Array.of(this.latestScalar('accuracy')),
      norms: this.latestNorms.slice(),
    };
  }
}
