import type { ForwardModel } from '../../compiler/graph/model.ts';
import type { Value } from '../../compiler/graph/types.ts';
import { bytesOf } from '../../compiler/onnx/memory.ts';
import type { TensorStatistics } from '../../statistics/definitions.ts';
import type { TensorBinding } from '../runtime/session.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Trainer } from '../train/trainer.ts';
import { keptValues } from './keptValues.ts';
import { Namespace } from './namespace.ts';
import { listTaps, type TapList } from './tapList.ts';
import { TapValues, type TapArray } from './tapValues.ts';

/** Memory for values that are computed again when they are asked for, besides the last one. */
const recomputedBytes = 32 * 2 ** 20;

/**
 * Forward and backward pass of one batch, of which any value can be had. Taps are kept as far as the budget goes; the others, and
 * what is no tap, are computed again from those when they are asked for.
 */
export class StepProgram {
  readonly list: TapList;
  readonly namespace: Namespace;
  private readonly threads: number;
  private readonly keptValues: ReadonlySet<Value>;
  private readonly groups: readonly (readonly Value[])[];
  private kept: TapValues | undefined;
  private feeds: readonly TensorBinding[] = [];
  private readonly recomputed = new Map<Value, TapArray>();

  /** `budget` in bytes. */
  constructor(trainer: Trainer, forward: ForwardModel, budget: number) {
    this.list = listTaps(trainer, forward);
    const parameters = trainer.parameters.map(({ path }) => path);
    this.namespace = new Namespace(this.list, trainer.program.norms, parameters);
    this.threads = trainer.options.threads;
    const { kept, groups } = keptValues(this.list, budget);
    this.keptValues = kept;
    this.groups = groups;
  }

  /** Memory of the values kept. */
  get bytes(): number {
    return this.kept?.bytes ?? 0;
  }

  isKept(value: Value): boolean {
    return this.keptValues.has(value);
  }

  /** Computes from these feeds, which must stay as they are for as long as values are asked for; statistics of all taps. */
  async run(feeds: readonly TensorBinding[]): Promise<ReadonlyMap<Value, TensorStatistics>> {
    this.feeds = feeds;
    this.recomputed.clear();
    this.kept ??= await TapValues.create(this.list.graph, [...this.keptValues], this.threads);
    await this.kept.run(feeds);
    const found = new Map<Value, TensorStatistics>();
    for (const value of this.keptValues) found.set(value, this.kept.statistics(value));
    // One after the other in the memory of the first, which is the largest.
    let kernel: Kernel | undefined;
    for (const group of this.groups) {
      const use = (values: TapValues): void => {
        kernel = values.kernel;
        for (const value of group) found.set(value, values.statistics(value));
      };
      await this.once(group, use, kernel);
    }
    return found;
  }

  /** All elements of a value of the last run: a view, or computed again. */
  async data(value: Value): Promise<TapArray> {
    if (this.kept && this.keptValues.has(value)) return this.kept.data(value);
    const held = this.recomputed.get(value);
    if (held) return held;
    this.recomputed.clear();
    const group = this.neighboursOf(value);
    await this.once(group, (values) => {
      for (const each of group) this.recomputed.set(each, values.data(each));
    });
    return this.recomputed.get(value)!;
  }

  async release(): Promise<void> {
    const { kept } = this;
    this.kept = undefined;
    await kept?.release();
  }

  /** Computes values that are not kept from those that are, for as long as `use` looks at them. */
  private async once(
    group: readonly Value[],
    use: (values: TapValues) => void,
    kernel?: Kernel,
  ): Promise<void> {
    const { list, threads, kept: given } = this;
    const memory = { ...(given && { given }), ...(kernel && { kernel }) };
    const values = await TapValues.create(list.graph, group, threads, memory);
    try {
      await values.run(this.feeds);
      use(values);
    } finally {
      await values.release();
    }
  }

  /** Who looks at one value of a layer will look at others that it computes in the same pass: as many as there is room for. */
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
}
