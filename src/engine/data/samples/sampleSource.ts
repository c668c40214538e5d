import type { DataFacts } from '../../../language/settings.ts';
import type { Batch, DataSource } from '../source.ts';
import type { DataFile } from '../text.ts';
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
  private held: SampleFiller | undefined;

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

  private fill(part: Part, index: number, { size, input, targets }: Batch): number {
    if (!(input instanceof Float32Array)) throw new Error('samples are numbers');
    this.held ??= new SampleFiller(this.plan);
    return this.held.fill(part, index, { size, input, targets });
  }
}
