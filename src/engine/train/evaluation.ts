import { compileEvaluation } from '../../compiler/passes/programs.ts';
import type { CheckedModel } from '../../language/check/check.ts';
import { lowerModel } from '../../language/lower/lower.ts';
import { createBatch, type Batch, type DataSource } from '../data/source.ts';
import { Session, type TensorBinding } from '../runtime/session.ts';

/** A forward pass costs a third of a step, so that a batch of twice the size leaves a pause answered within a step. */
const batchFactor = 2;

export interface EvaluationOptions {
  readonly model: CheckedModel;
  readonly data: DataSource;
  readonly threads: number;
}

/** The forward program on the validation part of the data. */
export class Evaluation {
  private readonly data: DataSource;
  private readonly session: Session;
  private readonly batch: Batch;
  private readonly loss = new Float32Array(1);
  private readonly runs: readonly [() => Promise<void>, () => Promise<void>];

  private constructor(
    data: DataSource,
    session: Session,
    batch: Batch,
    parameters: (side: 0 | 1) => readonly TensorBinding[],
  ) {
    this.data = data;
    this.session = session;
    this.batch = batch;
    const loss = { name: 'loss', dtype: 'float32', shape: [], data: this.loss } as const;
    const bind = (side: 0 | 1): (() => Promise<void>) =>
      session.bind([...batch.tensors, ...parameters(side)], [loss]);
    this.runs = [bind(0), bind(1)];
  }

  static async create(
    { model, data, threads }: EvaluationOptions,
    parameters: (side: 0 | 1) => readonly TensorBinding[],
  ): Promise<Evaluation> {
    const batch = batchFactor * model.settings.batch;
    const program = compileEvaluation(lowerModel(model, { mode: 'evaluation', batch }));
    const session = await Session.create(program.graph, threads);
    return new Evaluation(data, session, createBatch(program.batch), parameters);
  }

  /** Mean loss over all targets of the validation part, accumulated in float64; undefined when there are none. */
  async run(side: 0 | 1, gate?: () => Promise<void>): Promise<number | undefined> {
    let sum = 0;
    let targets = 0;
    const batches = this.data.validationBatches(this.batch.size);
    for (let index = 0; index < batches; index++) {
      await gate?.();
      const counted = this.data.fillValidation(index, this.batch);
      await this.runs[side]();
      sum += this.loss[0]! * counted;
      targets += counted;
    }
    return targets === 0 ? undefined : sum / targets;
  }

  async dispose(): Promise<void> {
    await this.session.release();
  }
}
