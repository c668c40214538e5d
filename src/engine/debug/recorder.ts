import type { Value } from '../../compiler/graph/types.ts';
import { bytesOf } from '../../compiler/onnx/memory.ts';
import type { Instruction, Moment, StepRecordInfo, TapInfo } from '../../protocol/debug.ts';
import { tensorStatistics, type TensorStatistics } from '../../statistics/definitions.ts';
import type { TensorBinding } from '../runtime/session.ts';
import { NonFiniteError } from '../train/nonFinite.ts';
import type { StepRecord, Trainer } from '../train/trainer.ts';
import { instructionsOf } from './instructions.ts';
import { listTaps, type TapList, type TapSource, type TapSpec } from './tapList.ts';
import { asTapArray, regionStatistics, TapValues, type TapArray } from './tapValues.ts';
import { timelineOf } from './timeline.ts';

/** Memory for the values of a record. */
export const defaultRecordBytes = 256 * 2 ** 20;
/** Memory for values that are computed again when they are asked for, besides the last one. */
const recomputedBytes = 32 * 2 ** 20;

/** The step of a record, and what is known of it. */
export interface RecordedStep {
  readonly info: StepRecordInfo;
  /** Undefined when the step cannot be taken. */
  readonly step: StepRecord | undefined;
}

interface CurrentRecord extends RecordedStep {
  readonly feeds: readonly TensorBinding[];
  /** The batch as it was: the arrays that are fed may be filled again. */
  readonly batch: ReadonlyMap<string, TapArray>;
  readonly recomputed: Map<Value, TapArray>;
}

/** Records the step that comes next with all its taps. Programs are compiled at first use and kept. */
export class Recorder {
  readonly list: TapList;
  private readonly trainer: Trainer;
  private kept: TapValues | undefined;
  private readonly keptValues: ReadonlySet<Value>;
  private readonly groups: readonly (readonly Value[])[];
  private current: CurrentRecord | undefined;

  constructor(trainer: Trainer, budget = defaultRecordBytes) {
    this.trainer = trainer;
    this.list = listTaps(trainer);
    const values = new Set<Value>();
    for (const { source } of this.list.taps.values()) {
      if (source.kind === 'value') values.add(source.value);
    }
    const [first = [], ...rest] = groupsOf([...values], budget);
    this.keptValues = new Set(first);
    this.groups = rest;
  }

  /** The record of the next step; computed once per step, until the trainer moves or is edited. */
  async record(): Promise<RecordedStep> {
    if (this.current && this.isCurrent(this.current)) return this.current;
    this.current = undefined;
    const start = performance.now();
    const { trainer, list } = this;
    const { step, failure } = await this.prepare();
    const { accumulate } = trainer.options.model.settings;
    const feeds = trainer.feedsOf(failure?.batch ?? (trainer.step + 1) * accumulate - 1);
    const batch = new Map(
      feeds
        .filter(({ name }) => trainer.program.batch.some((tensor) => tensor.name === name))
        .map(({ name, data }) => [name, asTapArray(data.slice())]),
    );
    this.kept ??= await TapValues.create(list.graph, [...this.keptValues], trainer.options.threads);
    await this.kept.run(feeds);
    const statistics = await this.valueStatistics(this.kept, feeds);
    const taps = this.describeAll(statistics, batch, failure !== undefined);
    const { data } = trainer.options;
    const info: StepRecordInfo = {
      step: trainer.step,
      loss: step?.loss ?? failure?.symptoms.loss ?? NaN,
      lr: step?.lr ?? failure?.symptoms.lr ?? NaN,
      gradNorm: step?.gradNorm ?? failure?.symptoms.gradNorm ?? NaN,
      moments: this.moments(failure !== undefined),
      taps,
      milliseconds: performance.now() - start,
      bytes: this.kept.bytes,
      ...(data.symbols && { vocabulary: data.symbols }),
    };
    this.current = { info, step, feeds, batch, recomputed: new Map() };
    return this.current;
  }

  /** All elements of a tap of the record: a view, or computed again when the record could not hold it. */
  async data(tap: TapSpec): Promise<TapArray> {
    await this.record();
    const { current, kept, trainer } = this;
    if (current === undefined || kept === undefined) throw new Error('there is no record');
    const { source } = tap;
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
        if (this.keptValues.has(source.value)) return kept.data(source.value);
        return this.recompute(source.value, current, kept);
    }
  }

  /** What is known of a tap or operand; an operand that is no tap is computed for this. */
  async describe(tap: TapSpec): Promise<TapInfo> {
    const { info } = await this.record();
    const known = info.taps.find(({ name }) => name === tap.name);
    if (known) return known;
    const { name, path, shape, dtype, source } = tap;
    const statistics = tensorStatistics(await this.data(tap));
    const isKept = source.kind !== 'value' || this.keptValues.has(source.value);
    return { name, path, tap: tap.tap, shape, dtype, statistics, isKept };
  }

  /** The operations of the record's step. */
  async instructions(): Promise<readonly Instruction[]> {
    const { info } = await this.record();
    return instructionsOf(this.list, info.moments, this.trainer.hyperparameters.optimizer);
  }

  /** Ends with this record: its values may have become wrong. */
  forget(): void {
    this.current = undefined;
  }

  async dispose(): Promise<void> {
    this.forget();
    await this.kept?.release();
    this.kept = undefined;
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

  private async valueStatistics(
    kept: TapValues,
    feeds: readonly TensorBinding[],
  ): Promise<ReadonlyMap<Value, TensorStatistics>> {
    const found = new Map<Value, TensorStatistics>();
    for (const value of this.keptValues) found.set(value, kept.statistics(value));
    for (const group of this.groups) {
      await this.once(group, feeds, kept, (values) => {
        for (const value of group) found.set(value, values.statistics(value));
      });
    }
    return found;
  }

  /** Computes values that are not kept from those that are, for as long as `use` looks at them. */
  private async once(
    group: readonly Value[],
    feeds: readonly TensorBinding[],
    kept: TapValues,
    use: (values: TapValues) => void,
  ): Promise<void> {
    const { threads } = this.trainer.options;
    const values = await TapValues.create(this.list.graph, group, threads, kept);
    try {
      await values.run(feeds);
      use(values);
    } finally {
      await values.release();
    }
  }

  /** Who looks at one value of a layer will look at its others: they are computed together, and held for a while. */
  private async recompute(
    value: Value,
    { recomputed, feeds }: CurrentRecord,
    kept: TapValues,
  ): Promise<TapArray> {
    const held = recomputed.get(value);
    if (held) return held;
    recomputed.clear();
    const group = this.neighboursOf(value);
    await this.once(group, feeds, kept, (values) => {
      for (const each of group) recomputed.set(each, values.data(each));
    });
    return recomputed.get(value)!;
  }

  /** The value, and others that its layer computes in the same pass and that are not kept, as far as there is room. */
  private neighboursOf(value: Value): readonly Value[] {
    const { nodes } = this.list.graph;
    const own = nodes.find(({ outputs }) => outputs.includes(value))?.origin;
    const others = nodes
      .filter(({ origin }) => origin.path === own?.path && origin.stage === own.stage)
      .flatMap(({ outputs }) => outputs)
      .filter((other) => other !== value && !this.keptValues.has(other));
    let room = recomputedBytes;
    return [value, ...others.filter((other) => (room -= bytesOf(other)) >= 0)];
  }

  private describeAll(
    statistics: ReadonlyMap<Value, TensorStatistics>,
    batch: ReadonlyMap<string, TapArray>,
    isFailed: boolean,
  ): readonly TapInfo[] {
    const found: TapInfo[] = [];
    for (const { source, name, path, tap, shape, dtype } of this.list.taps.values()) {
      if (isFailed && source.kind === 'update') continue;
      const isKept = source.kind !== 'value' || this.keptValues.has(source.value);
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
        return tensorStatistics(updateOf(this.trainer, source.parameter));
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

/** Splits values into groups of at most `budget` bytes, or of one value. */
function groupsOf(values: readonly Value[], budget: number): readonly (readonly Value[])[] {
  const groups: Value[][] = [];
  let bytes = Infinity;
  for (const value of values) {
    const size = bytesOf(value);
    if (bytes + size > budget) {
      groups.push([]);
      bytes = 0;
    }
    groups[groups.length - 1]!.push(value);
    bytes += size;
  }
  return groups;
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
