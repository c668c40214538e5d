import type { ForwardModel } from '../../compiler/graph/model.ts';
import type { Value } from '../../compiler/graph/types.ts';
import { bytesOf } from '../../compiler/onnx/memory.ts';
import type { TensorStatistics } from '../../statistics/definitions.ts';
import type { TensorBinding } from '../runtime/session.ts';
import type { Trainer } from '../train/trainer.ts';
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
    const values = new Set<Value>();
    const streams = new Set<Value>();
    for (const { tap, source } of this.list.taps.values()) {
      if (source.kind !== 'value') continue;
      values.add(source.value);
      if (/^(grad:)?sum$/.test(tap)) streams.add(source.value);
    }
    const ordered = this.list.graph.nodes.flatMap(({ outputs }) =>
      outputs.filter((value) => values.has(value)),
    );
    this.keptValues = keptOf(ordered, streams, budget);
    const rest = ordered.filter((value) => !this.keptValues.has(value));
    this.groups = groupsOf(rest, budget);
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
    for (const group of this.groups) {
      await this.once(group, (values) => {
        for (const value of group) found.set(value, values.statistics(value));
      });
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
  private async once(group: readonly Value[], use: (values: TapValues) => void): Promise<void> {
    const values = await TapValues.create(this.list.graph, group, this.threads, this.kept);
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

/**
 * The values that are kept. What leaves each residual block, in both directions, comes first, with half of the budget or evenly
 * spaced: from there any other value is a few operations away. Then all others in the order of execution, as far as there is room.
 */
function keptOf(
  ordered: readonly Value[],
  streams: ReadonlySet<Value>,
  budget: number,
): ReadonlySet<Value> {
  const total = (values: readonly Value[]): number =>
    values.reduce((bytes, value) => bytes + bytesOf(value), 0);
  if (total(ordered) <= budget) return new Set(ordered);
  const stream = ordered.filter((value) => streams.has(value));
  const every = Math.ceil(total(stream) / (budget / 2));
  const kept = new Set(stream.filter((_, index) => (index + 1) % every === 0));
  let room = budget - total([...kept]);
  for (const value of ordered) {
    if (kept.has(value) || bytesOf(value) > room) continue;
    kept.add(value);
    room -= bytesOf(value);
  }
  // A program fetches something.
  return kept.size === 0 ? new Set(ordered.slice(0, 1)) : kept;
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
