import { compileEvaluation } from '../../compiler/passes/programs.ts';
import type { CheckedModel } from '../../language/check/check.ts';
import { lowerModel } from '../../language/lower/lower.ts';
import { createBatch, type Batch, type DataSource } from '../data/source.ts';
import { Session, type TensorBinding } from '../runtime/session.ts';
import { classOutput, Confusion, type ClassOutput } from './classification.ts';

/** A forward pass costs a third of a step, so that a batch of twice the size leaves a pause answered within a step. */
const batchFactor = 2;

export interface EvaluationOptions {
  readonly model: CheckedModel;
  readonly data: DataSource;
  readonly threads: number;
}

/** How well a model does on the validation part. */
export interface Validation {
  /** Mean over all targets that count, accumulated in float64. */
  readonly loss: number;
  /** Share of the cases that are given their class; absent where cases have none. */
  readonly accuracy?: number;
  /** By class, then by the class given; absent with the accuracy, and where there are more than 256 classes. */
  readonly confusion?: readonly (readonly number[])[];
}

interface Parts {
  readonly data: DataSource;
  readonly session: Session;
  readonly batch: Batch;
  /** The network's output, where it is looked at. */
  readonly output: TensorBinding | undefined;
  readonly classes: ClassOutput | undefined;
  readonly isSquared: boolean;
  readonly parameters: (side: 0 | 1) => readonly TensorBinding[];
}

/** The forward program on the validation part of the data. */
export class Evaluation {
  private readonly parts: Parts;
  private readonly loss = new Float32Array(1);
  private readonly runs: readonly [() => Promise<void>, () => Promise<void>];

  private constructor(parts: Parts) {
    this.parts = parts;
    const { session, batch, output, parameters } = parts;
    const loss = { name: 'loss', dtype: 'float32', shape: [], data: this.loss } as const;
    const bind = (side: 0 | 1): (() => Promise<void>) =>
      session.bind([...batch.tensors, ...parameters(side)], output ? [loss, output] : [loss]);
    this.runs = [bind(0), bind(1)];
  }

  static async create(
    { model, data, threads }: EvaluationOptions,
    parameters: (side: 0 | 1) => readonly TensorBinding[],
  ): Promise<Evaluation> {
    const size = batchFactor * model.settings.batch;
    const lowered = lowerModel(model, { mode: 'evaluation', batch: size });
    const program = compileEvaluation(lowered);
    const session = await Session.create(program.graph, threads);
    const { shape } = lowered.output;
    const isSquared = model.settings.loss.type === 'MSELoss';
    const classes = classOutput(lowered, model.settings.loss);
    const output = classes?.binding ?? (isSquared ? outputBinding(shape) : undefined);
    const batch = createBatch(program.batch);
    return new Evaluation({ data, session, batch, output, classes, isSquared, parameters });
  }

  /** Undefined when there is nothing to validate with; `gate` is awaited between batches. */
  async run(side: 0 | 1, gate?: () => Promise<void>): Promise<Validation | undefined> {
    const { data, batch, classes } = this.parts;
    const confusion = classes && new Confusion(classes.classes);
    let sum = 0;
    let targets = 0;
    const batches = data.validationBatches(batch.size);
    for (let index = 0; index < batches; index++) {
      await gate?.();
      const counted = data.fillValidation(index, batch);
      await this.runs[side]();
      sum += this.lossOf(counted) * counted;
      targets += counted;
      if (classes) confusion?.add(classes, batch.targets);
    }
    if (targets === 0) return undefined;
    const loss = sum / targets;
    if (confusion === undefined) return { loss };
    const { accuracy, rows } = confusion;
    return { loss, accuracy, ...(rows.length > 0 && { confusion: rows }) };
  }

  async dispose(): Promise<void> {
    await this.parts.session.release();
  }

  /** Cross entropy leaves out what does not count; squares are averaged over the whole batch, so that they are summed here. */
  private lossOf(counted: number): number {
    const { isSquared, output, batch } = this.parts;
    if (!isSquared || output === undefined) return this.loss[0]!;
    const found = output.data as Float32Array;
    let sum = 0;
    for (let i = 0; i < counted; i++) sum += (found[i]! - batch.targets[i]!) ** 2;
    return sum / counted;
  }
}

function outputBinding(shape: readonly number[]): TensorBinding {
  const size = shape.reduce((product, axis) => product * axis, 1);
  return { name: 'output', dtype: 'float32', shape, data: new Float32Array(size) };
}
