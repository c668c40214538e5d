import * as l10n from '@vscode/l10n';
import type { Value } from '../../compiler/graph/types.ts';
import { NormscopeError } from '../../base/errors.ts';
import { lowerModel } from '../../language/lower/lower.ts';
import type { Instruction, Moment, StepRecordInfo, TapInfo } from '../../protocol/debug.ts';
import { tensorStatistics, type TensorStatistics } from '../../statistics/definitions.ts';
import type { TensorBinding } from '../runtime/session.ts';
import { NonFiniteError } from '../train/nonFinite.ts';
import type { StepRecord, Trainer } from '../train/trainer.ts';
import { instructionsOf } from './instructions.ts';
import { StepProgram } from './stepProgram.ts';
import type { TapSource, TapSpec } from './tapList.ts';
import { asTapArray, differenceStatistics, regionStatistics, type TapArray } from './tapValues.ts';
import { timelineOf } from './timeline.ts';

/** Memory for the values of a record. */
export const defaultRecordBytes = 256 * 2 ** 20;
/** The step of a record, and what is known of it. */
export interface RecordedStep {
  readonly info: StepRecordInfo;
  /** Undefined when the step cannot be taken. */
  readonly step: StepRecord | undefined;
}

interface CurrentRecord extends RecordedStep {
  readonly program: StepProgram;
  readonly feeds: readonly TensorBinding[];
  /** The batch as it was: the arrays that are fed may be filled again. */
  readonly batch: ReadonlyMap<string, TapArray>;
}

/** Records the step that comes next with all its taps. Programs are compiled at first use and kept. */
export class Recorder {
  private readonly trainer: Trainer;
  private readonly budget: number;
  private readonly usual: StepProgram;
  /** That of a step in which values were given. */
  private edited: StepProgram | undefined;
  private current: CurrentRecord | undefined;

  constructor(trainer: Trainer, budget = defaultRecordBytes) {
    this.trainer = trainer;
    this.budget = budget;
    const forward = lowerModel(trainer.options.model, { mode: 'training' });
    this.usual = new StepProgram(trainer, forward, budget);
  }

  /** Taps and names of the step at hand, or of any. */
  get program(): StepProgram {
    return this.current?.program ?? this.usual;
  }

  /** The record of the next step; computed once per step, until the trainer moves or is edited. Throws `at-end`. */
  async record(): Promise<RecordedStep> {
    if (this.current && this.isCurrent(this.current)) return this.current;
    const { steps } = this.trainer.options;
    if (this.trainer.step >= steps) {
      const message = l10n.t(
        'All steps are taken ({0}): there is no next one to look at. Go to an earlier step.',
        steps,
      );
      throw new NormscopeError('input', 'at-end', message);
    }
    this.forget();
    await this.releaseEdited();
    const start = performance.now();
    const { trainer } = this;
    const { step, failure } = await this.prepare();
    const { accumulate } = trainer.options.model.settings;
    const number = failure?.batch ?? (trainer.step + 1) * accumulate - 1;
    const feeds = trainer.feedsOf(number);
    const batch = new Map(
      feeds
        .filter(({ name }) => trainer.program.batch.some((tensor) => tensor.name === name))
        .map(({ name, data }) => [name, asTapArray(data.slice())]),
    );
    const program = this.programOf(number);
    const taps = this.describeAll(program, await program.run(feeds), batch, failure !== undefined);
    const { data } = trainer.options;
    const info: StepRecordInfo = {
      step: trainer.step,
      loss: step?.loss ?? failure?.symptoms.loss ?? NaN,
      lr: step?.lr ?? failure?.symptoms.lr ?? NaN,
      gradNorm: step?.gradNorm ?? failure?.symptoms.gradNorm ?? NaN,
      moments: this.moments(failure !== undefined),
      taps,
      milliseconds: performance.now() - start,
      bytes: program.bytes,
      ...(data.symbols && { vocabulary: data.symbols }),
    };
    this.current = { info, step, program, feeds, batch };
    return this.current;
  }

  /** All elements of a tap of the record: a view, or computed again when the record could not hold it. */
  async data({ name, source }: TapSpec): Promise<TapArray> {
    await this.record();
    const { current, trainer } = this;
    if (current === undefined) throw new Error(`there is no record of ${name}`);
    switch (source.kind) {
      case 'feed':
        return current.batch.get(source.name) ?? feedData(current.feeds, source.name);
      case 'gradient':
        return this.gradient(source.parameter, current.step === undefined);
      case 'update':
        return updateOf(trainer, source.parameter);
      case 'state':
        return trainer.state.optimizerState(source.slot, source.parameter);
      case 'constant':
        return asTapArray(source.data);
      case 'value':
        return current.program.data(source.value);
    }
  }

  /** What is known of a tap or operand; an operand that is no tap is computed for this. */
  async describe(tap: TapSpec): Promise<TapInfo> {
    const { info } = await this.record();
    const known = info.taps.find(({ name }) => name === tap.name);
    if (known) return known;
    const { name, path, shape, dtype, source } = tap;
    const statistics = tensorStatistics(await this.data(tap));
    const isKept = source.kind !== 'value' || this.program.isKept(source.value);
    return { name, path, tap: tap.tap, shape, dtype, statistics, isKept };
  }

  /** The operations of the record's step. */
  async instructions(): Promise<readonly Instruction[]> {
    const { info } = await this.record();
    return instructionsOf(this.program.list, info.moments, this.trainer.hyperparameters.optimizer);
  }

  /** Ends with this record: its values may have become wrong. */
  forget(): void {
    this.current = undefined;
  }

  async dispose(): Promise<void> {
    this.forget();
    await this.releaseEdited();
    await this.usual.release();
  }

  private async releaseEdited(): Promise<void> {
    const { edited } = this;
    this.edited = undefined;
    await edited?.release();
  }

  private programOf(number: number): StepProgram {
    const { trainer } = this;
    if (trainer.overwritesOf(number).length === 0) return this.usual;
    this.edited = new StepProgram(trainer, trainer.forwardOf(number), this.budget);
    return this.edited;
  }

  private isCurrent({ info, step }: CurrentRecord): boolean {
    const { trainer } = this;
    return info.step === trainer.step && (step === undefined || trainer.pending === step);
  }

  private async prepare(): Promise<{
    readonly step: StepRecord | undefined;
    readonly failure: NonFiniteError | undefined;
  }> {
    try {
      return { step: await this.trainer.prepareStep(), failure: undefined };
    } catch (error) {
      if (error instanceof NonFiniteError) return { step: undefined, failure: error };
      throw error;
    }
  }

  private moments(isFailed: boolean): readonly Moment[] {
    const { options, parameters } = this.trainer;
    return timelineOf(options.model, isFailed ? [] : parameters.map(({ path }) => path));
  }

  private describeAll(
    program: StepProgram,
    statistics: ReadonlyMap<Value, TensorStatistics>,
    batch: ReadonlyMap<string, TapArray>,
    isFailed: boolean,
  ): readonly TapInfo[] {
    const found: TapInfo[] = [];
    for (const { source, name, path, tap, shape, dtype } of program.list.taps.values()) {
      if (isFailed && source.kind === 'update') continue;
      const isKept = source.kind !== 'value' || program.isKept(source.value);
      const known =
        source.kind === 'value'
          ? statistics.get(source.value)!
          : this.statisticsOf(source, batch, isFailed);
      found.push({ name, path, tap, shape, dtype, statistics: known, isKept });
    }
    return found;
  }

  private statisticsOf(
    source: Exclude<TapSource, { kind: 'value' }>,
    batch: ReadonlyMap<string, TapArray>,
    isFailed: boolean,
  ): TensorStatistics {
    const { state, parameters } = this.trainer;
    const { kernel, plan } = state;
    switch (source.kind) {
      case 'gradient':
        return regionStatistics(
          kernel,
          state.gradientRegion(source.parameter, isFailed),
          plan.results,
        );
      case 'update':
        return differenceStatistics(
          state.updated(source.parameter),
          state.parameter(source.parameter),
        );
      case 'constant':
        return tensorStatistics(asTapArray(source.data));
      case 'state': {
        const { states } = plan.sets[state.current][source.parameter]!;
        return regionStatistics(kernel, states[source.slot]!, plan.results);
      }
      case 'feed': {
        const data = batch.get(source.name);
        if (data) return tensorStatistics(data);
        const index = parameters.findIndex(({ path }) => path === source.name);
        if (index < 0) return tensorStatistics(bufferOf(this.trainer, source.name));
        return regionStatistics(kernel, plan.sets[state.current][index]!.parameter, plan.results);
      }
    }
  }

  private gradient(parameter: number, isFailed: boolean): TapArray {
    const { state } = this.trainer;
    return isFailed ? state.batchGradient(parameter) : state.gradient(parameter);
  }
}

function feedData(feeds: readonly TensorBinding[], name: string): TapArray {
  const feed = feeds.find((binding) => binding.name === name);
  if (feed === undefined) throw new Error(`${name} is not fed`);
  return asTapArray(feed.data);
}

function bufferOf({ state, program }: Trainer, name: string): Float32Array {
  return state.buffer(program.buffers.findIndex(({ path }) => path === name));
}

/** What the prepared step adds to a parameter. */
export function updateOf({ state }: Trainer, parameter: number): Float32Array {
  const before = state.parameter(parameter);
  const after = state.updated(parameter);
  const difference = new Float32Array(before.length);
  for (let i = 0; i < difference.length; i++) difference[i] = after[i]! - before[i]!;
  return difference;
}
