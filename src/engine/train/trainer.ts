import { createHash } from 'node:crypto';
import type { ForwardModel } from '../../compiler/graph/model.ts';
import { flopsOf } from '../../compiler/ops/cost.ts';
import { overwrite, type Overwrite } from '../../compiler/passes/overwrite.ts';
import {
  compileTraining,
  type ParameterSpec,
  type TrainingProgram,
} from '../../compiler/passes/programs.ts';
import type { CheckedModel } from '../../language/check/check.ts';
import { lowerModel } from '../../language/lower/lower.ts';
import type { TrainingSettings } from '../../language/settings.ts';
import { createBatch, type Batch, type DataSource } from '../data/source.ts';
import type { NamedTensor } from '../data/safetensors.ts';
import { fillDropoutMask, type MaskTarget } from '../kernel/dropout.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Region } from '../kernel/memory.ts';
import { RandomSource } from '../kernel/randomSource.ts';
import { Session, type TensorBinding } from '../runtime/session.ts';
import {
  checkEdit,
  editedHyperparameters,
  overwritesAt,
  type Edit,
  type Hyperparameters,
} from './edits.ts';
import {
  gradientFetches,
  maskFeeds,
  parameterFeeds,
  scalarFetch,
  vectorFetches,
} from './bindings.ts';
import { batchStatisticsLength } from './buffers.ts';
import type { ClassOutput } from './classification.ts';
import { runningGaps, type RunningGap } from './evaluationGap.ts';
import { Evaluation, type Validation } from './evaluation.ts';
import { explainNonFinite, NonFiniteError } from './nonFinite.ts';
import { tensorFor } from './initialize.ts';
import { NormStatistics, rowsLength } from './normStatistics.ts';
import { learningRate } from './schedule.ts';
import type { TrainingState } from './state.ts';
import { optimizerTensors, parameterTensors, writeFirstValues } from './stateTensors.ts';

export interface TrainerOptions {
  readonly model: CheckedModel;
  readonly data: DataSource;
  readonly seed: number;
  /** Steps of the whole training: where the learning rate's schedule ends. */
  readonly steps: number;
  /** Threads of one operation. Results depend on their number in the last bits. */
  readonly threads: number;
  /** First values of all parameters and buffers by path; drawn from the seed when left out. */
  readonly initial?: ReadonlyMap<string, NamedTensor>;
  /** False leaves the norms' statistics out of the program: how a benchmark finds out what they cost. */
  readonly statistics?: boolean;
}

/** One step as it was taken. */
export interface StepRecord {
  /** Number of the step, from 0. */
  readonly step: number;
  readonly loss: number;
  /** Share of the cases that were given their class; absent where cases have none. */
  readonly accuracy?: number;
  readonly lr: number;
  /** 2-norm of all gradients together, before clipping. */
  readonly gradNorm: number;
  /** [norms, normWidth] */
  readonly norms: Float32Array;
  /** Hash of 64 bits over all parameters after the step. */
  readonly hash: bigint;
}

/** What a trainer is made of; see `createTrainer`. */
export interface TrainerParts {
  readonly options: TrainerOptions;
  readonly program: TrainingProgram;
  readonly kernel: Kernel;
  readonly state: TrainingState;
  readonly masks: readonly MaskTarget[];
  /** Room for random numbers. */
  readonly chunk: Region;
  readonly session: Session;
  /** Absent where the cases of a batch have no classes. */
  readonly classes: ClassOutput | undefined;
}

/** A model in training, in this process. One call at a time. */
export class Trainer {
  readonly program: TrainingProgram;
  readonly options: TrainerOptions;
  private readonly settings: TrainingSettings;
  /** Parameters, buffers, gradients and optimizer state. */
  readonly state: TrainingState;
  private readonly kernel: Kernel;
  private readonly masks: readonly MaskTarget[];
  private readonly chunk: Region;
  private readonly session: Session;
  private readonly classes: ClassOutput | undefined;
  private readonly batch: Batch;
  private readonly loss = new Float32Array(1);
  private readonly statistics: NormStatistics;
  /** What the buffers take of a batch. */
  private readonly batchStatistics: Float32Array;
  /** Where the program writes. */
  private readonly outputs: readonly TensorBinding[];
  /** The program on the first and on the second set of parameters. */
  private readonly runs: readonly [() => Promise<void>, () => Promise<void>];
  private evaluation: Evaluation | undefined;
  private prepared: StepRecord | undefined;
  private failure: NonFiniteError | undefined;
  private editList: readonly Edit[] = [];

  constructor(parts: TrainerParts) {
    const { options, program, kernel, state, masks, chunk, session, classes } = parts;
    this.program = program;
    this.options = options;
    this.settings = options.model.settings;
    this.kernel = kernel;
    this.state = state;
    this.masks = masks;
    this.chunk = chunk;
    this.session = session;
    this.classes = classes;
    this.batch = createBatch(program.batch);
    const rows = new Float32Array(rowsLength(program.norms));
    this.statistics = new NormStatistics(program.norms, rows);
    this.batchStatistics = new Float32Array(batchStatisticsLength(program.buffers));
    this.outputs = [
      scalarFetch('loss', this.loss),
      ...gradientFetches(program, state),
      ...(classes ? [classes.binding] : []),
      ...vectorFetches({ rows, batchStatistics: this.batchStatistics }),
    ];
    const bind = (side: 0 | 1): (() => Promise<void>) =>
      session.bind(this.feeds(side), this.outputs);
    this.runs = [bind(0), bind(1)];
  }

  /** Steps taken so far. */
  get step(): number {
    return this.state.step;
  }

  get parameters(): readonly ParameterSpec[] {
    return this.program.parameters;
  }

  /** Floating-point operations of one step, from the ops' own figures. */
  get flops(): number {
    const perBatch = this.program.graph.nodes.reduce((sum, node) => sum + flopsOf(node), 0);
    return perBatch * this.settings.accumulate;
  }

  /**
   * Takes the next step. Throws `non-finite` (a rule) when loss, gradients or the updated parameters are not finite: then the step
   * is not accepted, parameters and optimizer state are those before it, and the message names the first bad layer.
   */
  async takeStep(): Promise<StepRecord> {
    await this.prepareStep();
    return this.acceptStep();
  }

  /**
   * Computes the next step without taking it: parameters and optimizer state stay, what the step would make of them is at hand.
   * Nothing is computed when that has been done. Throws as `takeStep`.
   */
  async prepareStep(): Promise<StepRecord> {
    if (this.failure) throw this.failure;
    try {
      this.prepared ??= await this.computeStep();
    } catch (error) {
      // The same step would fail the same way until something is changed.
      if (error instanceof NonFiniteError) this.failure = error;
      throw error;
    }
    return this.prepared;
  }

  /** Takes the step that has been prepared. */
  acceptStep(): StepRecord {
    const { prepared } = this;
    if (prepared === undefined) throw new Error('no step has been prepared');
    this.prepared = undefined;
    this.state.accept();
    return prepared;
  }

  /** The step that has been prepared and not taken. */
  get pending(): StepRecord | undefined {
    return this.prepared;
  }

  /** What was changed at pauses so far. */
  get edits(): readonly Edit[] {
    return this.editList;
  }

  /** Changes values from their steps on; replaces earlier edits. Throws `bad-edit`. */
  setEdits(edits: readonly Edit[]): void {
    const { program, options } = this;
    const forward = (): ForwardModel => lowerModel(options.model, { mode: 'training' });
    for (const edit of edits) checkEdit(edit, program, options.model, forward);
    this.editList = edits;
    this.forgetStep();
  }

  /** The hyperparameters of the next step, edits included. */
  get hyperparameters(): Hyperparameters {
    const { optimizer, clipGradNorm } = this.settings;
    const edits = this.editList.filter(({ step }) => step <= this.step);
    return editedHyperparameters({ optimizer, clipGradNorm }, edits);
  }

  /** What was given for taps of batch `number` of the step that comes next: of a step of several batches, the last has it. */
  overwritesOf(number: number): readonly Overwrite[] {
    const { accumulate } = this.settings;
    if (number !== this.step * accumulate + accumulate - 1) return [];
    return overwritesAt(this.step, this.editList, this.program);
  }

  /** The forward pass of batch `number` of the step that comes next, with what was given for its taps. */
  forwardOf(number: number): ForwardModel {
    const forward = lowerModel(this.options.model, { mode: 'training' });
    return overwrite(forward, this.overwritesOf(number));
  }

  /** Parameters, buffers and optimizer state as they are, for `adopt`. */
  snapshot(): Uint8Array {
    return this.state.snapshot();
  }

  /**
   * Goes to where the training begins: no step taken, parameters and buffers as `initial` has them, or else drawn from the seed.
   * Throws `init-missing`, `init-shape`.
   */
  async begin(initial: ReadonlyMap<string, NamedTensor> | undefined): Promise<void> {
    const { state, kernel, chunk, program } = this;
    this.forgetStep();
    state.begin();
    const draw = (path: string): RandomSource =>
      new RandomSource(kernel, chunk, this.options.seed, `init:${path}`);
    await writeFirstValues(program, state, draw, initial);
  }

  /** Goes to where `snapshot` was taken, after `step` steps. */
  adopt(snapshot: Uint8Array, step: number): void {
    this.forgetStep();
    this.state.adopt(snapshot, step);
  }

  /** How well the whole validation part is done, undefined when there is none; `gate` is awaited between batches. */
  async validate(gate?: () => Promise<void>): Promise<Validation | undefined> {
    this.evaluation ??= await Evaluation.create(this.options, (side) =>
      parameterFeeds(this.state, side),
    );
    return this.evaluation.run(this.state.current, gate);
  }

  /** Current parameters and buffers, then optimizer state as `optimizer:<slot>:<path>`; views that the next steps overwrite. */
  tensors(): readonly NamedTensor[] {
    return [...this.parameterTensors(), ...optimizerTensors(this.program, this.state)];
  }

  /** Current parameters, then buffers, by PyTorch's state-dict names; views that the next steps overwrite. */
  parameterTensors(): readonly NamedTensor[] {
    return parameterTensors(this.program, this.state);
  }

  /** Goes on from tensors that `tensors` gave after `step` steps. Throws `init-missing`, `init-shape`. */
  restore(tensors: ReadonlyMap<string, NamedTensor>, step: number): void {
    for (const { name, shape, data } of this.tensors()) {
      data.set(tensorFor({ path: name, shape }, tensors).data);
    }
    this.forgetStep();
    this.state.step = step;
  }

  /** How far the running statistics of the norms are from those of the last batch that was computed. */
  runningGaps(): readonly RunningGap[] {
    const { buffers } = this.program;
    const values = buffers.map((_, index) => this.state.buffer(index));
    return runningGaps(buffers, values, this.batchStatistics);
  }

  /** SHA-256 over all current parameters and buffers in order, hexadecimal. */
  parametersHash(): string {
    const hash = createHash('sha256');
    for (const { data } of this.parameterTensors()) hash.update(data);
    return hash.digest('hex');
  }

  /** What the program is fed with for the step that comes next, with its batch number `number` filled in. */
  feedsOf(number: number): readonly TensorBinding[] {
    this.fill(number);
    return this.feeds(this.state.current);
  }

  /** What the program is fed with for the first batch of the step that comes next. */
  get nextFeeds(): readonly TensorBinding[] {
    return this.feedsOf(this.step * this.settings.accumulate);
  }

  /** The loss of the batch that `feedsOf` filled in, on the current parameters; no step is taken. */
  async currentLoss(): Promise<number> {
    // Its gradients take the place of those that were prepared.
    this.forgetStep();
    await this.runs[this.state.current]();
    return this.loss[0]!;
  }

  /** Frees the runtime's memory. */
  async dispose(): Promise<void> {
    await this.evaluation?.dispose();
    await this.options.data.dispose?.();
    await this.session.release();
  }

  private forgetStep(): void {
    this.prepared = undefined;
    this.failure = undefined;
  }

  private async computeStep(): Promise<StepRecord> {
    const { state, statistics, settings, options } = this;
    const { step } = state;
    const batches = settings.accumulate;
    const { optimizer } = this.applyEdits();
    const lr = learningRate(optimizer.lr, settings.schedule, step, options.steps);
    const guesses = { cases: 0, right: 0 };
    let loss = 0;
    for (let batch = 0; batch < batches; batch++) {
      this.fill(step * batches + batch);
      await this.runBatch(step * batches + batch);
      const batchLoss = this.loss[0]!;
      if (!Number.isFinite(batchLoss)) {
        throw await explainNonFinite(this, step * batches + batch, { loss: batchLoss, lr });
      }
      loss += batchLoss / batches;
      this.classes?.forEach(this.batch.targets, (target, chosen) => {
        guesses.cases++;
        if (target === chosen) guesses.right++;
      });
      statistics.take(batch, batches);
      state.moveBuffers(batch, this.batchStatistics);
      state.accumulate(batch, batches);
    }
    const { gradNorm, broken, hash } = state.update(lr);
    if (!Number.isFinite(gradNorm) || broken !== undefined) {
      const symptoms = { loss, lr, gradNorm, broken };
      throw await explainNonFinite(this, step * batches + batches - 1, symptoms);
    }
    const accuracy = guesses.cases > 0 && { accuracy: guesses.right / guesses.cases };
    return { step, loss, ...accuracy, lr, gradNorm, norms: statistics.result(), hash };
  }

  /** Runs the program on the batch that is filled in; where values were given for taps, one of its own. */
  private async runBatch(number: number): Promise<void> {
    const { state, options } = this;
    if (this.overwritesOf(number).length === 0) return this.runs[state.current]();
    const { graph } = compileTraining(this.forwardOf(number), this.classes !== undefined);
    const session = await Session.create(graph, options.threads);
    try {
      await session.bind(this.feeds(state.current), this.outputs)();
    } finally {
      await session.release();
    }
  }

  /** Makes the edits of this step; again is the same as once. Returns the step's hyperparameters. */
  private applyEdits(): Hyperparameters {
    const { hyperparameters, state } = this;
    if (this.editList.length === 0) return hyperparameters;
    state.configure(hyperparameters.optimizer, hyperparameters.clipGradNorm);
    for (const { step, target, index, value } of this.editList) {
      const place = this.program.parameters.findIndex(({ path }) => path === target);
      if (step === state.step && place >= 0) state.parameter(place)[index ?? 0] = value;
    }
    return hyperparameters;
  }

  private fill(number: number): void {
    const { data, seed } = this.options;
    data.fillTraining(number, this.batch);
    for (const mask of this.masks) fillDropoutMask(this.kernel, mask, seed, number);
    const { accumulate } = this.settings;
    for (const { step, target, index, value } of this.editList) {
      // Of a step of several batches the last one is looked at, and edited.
      if (step * accumulate + accumulate - 1 !== number) continue;
      const tensor = this.batch.tensors.find(({ name }) => name === target)?.data;
      if (tensor !== undefined && !(tensor instanceof BigInt64Array)) tensor[index ?? 0] = value;
    }
  }

  private feeds(side: 0 | 1): readonly TensorBinding[] {
    const masks = maskFeeds(this.program, this.kernel, this.masks);
    return [...this.batch.tensors, ...masks, ...parameterFeeds(this.state, side)];
  }
}
