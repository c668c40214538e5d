import type { DataFacts } from '../../../language/settings.ts';
import type { Batch, DataSource } from '../source.ts';
import type { DataFile } from '../text.ts';
import { AheadReader } from './aheadReader.ts';
import { SampleFiller, type Part } from './filler.ts';
import type { SamplePlan } from './plan.ts';

/** What a source is besides its plan. */
export interface SampleDescription {
  readonly facts: DataFacts;
  readonly files: readonly DataFile[];
  readonly classNames?: readonly string[];
}

/** Batches of numbered samples: pictures, or the rows of a table. */
export class SampleSource implements DataSource {
  readonly facts: DataFacts;
  readonly files: readonly DataFile[];
  readonly classNames?: readonly string[];
  private readonly plan: SamplePlan;
  private filler: SampleFiller | undefined;
  private ahead: AheadReader | undefined;
  private isAhead = false;

  constructor(plan: SamplePlan, { facts, files, classNames }: SampleDescription) {
    this.plan = plan;
    this.facts = facts;
    this.files = files;
    if (classNames) this.classNames = classNames;
  }

  fillTraining(index: number, batch: Batch): void {
    this.fill('training', index, batch);
  }

  validationBatches(size: number): number {
    return Math.ceil(this.plan.validation.length / size);
  }

  fillValidation(index: number, batch: Batch): number {
    return this.fill('validation', index, batch);
  }

  /** From now on a thread fills batches ahead, where one takes long: files are read, or pictures changed. */
  readAhead(): void {
    const { rows, flip, crop } = this.plan;
    const isHeld = rows.every((part) => 'from' in part && typeof part.from !== 'string');
    this.isAhead = !isHeld || flip > 0 || crop > 0;
  }

  async dispose(): Promise<void> {
    this.filler?.close();
    await this.ahead?.dispose();
    this.filler = undefined;
    this.ahead = undefined;
  }

  private fill(part: Part, index: number, { size, input, targets }: Batch): number {
    if (!(input instanceof Float32Array)) throw new Error('samples are numbers');
    const arrays = { size, input, targets };
    if (this.isAhead) return this.reader(size).fill(part, index, arrays);
    this.filler ??= new SampleFiller(this.plan);
    return this.filler.fill(part, index, arrays);
  }

  /** Validation has larger batches than training, and comes after it. */
  private reader(size: number): AheadReader {
    if (this.ahead && this.ahead.size >= size) return this.ahead;
    void this.ahead?.dispose();
    this.ahead = new AheadReader(this.plan, size);
    return this.ahead;
  }
}
