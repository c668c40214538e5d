import type { Trainer } from '../train/trainer.ts';
import { updateTensors, type TapLookup } from './scope.ts';
import { listTaps, type TapList, type TapSpec } from './tapList.ts';
import { TapValues } from './tapValues.ts';

/** Computes the taps that conditions and rules look at, for the step that is prepared. Programs are kept by what they compute. */
export class ConditionTaps {
  private readonly trainer: Trainer;
  private readonly list: TapList;
  private readonly programs = new Map<string, TapValues>();

  constructor(trainer: Trainer, list: TapList) {
    this.trainer = trainer;
    this.list = list;
  }

  /** Where the elements of these taps, and what each step has anyway, come from until the next step. */
  async compute(needed: readonly TapSpec[]): Promise<TapLookup> {
    const { trainer } = this;
    const own = updateTensors(trainer);
    if (needed.length === 0) return own;
    const { accumulate } = trainer.options.model.settings;
    const number = (trainer.step + 1) * accumulate - 1;
    const feeds = trainer.feedsOf(number);
    const isUsual = trainer.overwritesOf(number).length === 0;
    const list = isUsual ? this.list : listTaps(trainer, trainer.forwardOf(number));
    const found = new Map(
      needed.flatMap(({ name }) => {
        const source = list.taps.get(name)?.source ?? list.operands.get(name)?.source;
        return source?.kind === 'value' ? [[name, source.value] as const] : [];
      }),
    );
    const key = [...found.keys()].sort().join(' ');
    const { threads } = trainer.options;
    const values =
      (isUsual ? this.programs.get(key) : undefined) ??
      (await TapValues.create(list.graph, [...new Set(found.values())], threads));
    // A step with values given for its activations comes once.
    if (isUsual) this.programs.set(key, values);
    await values.run(feeds);
    if (!isUsual) await values.release();
    return (tap) => {
      const value = found.get(tap.name);
      if (value) return values.data(value);
      const name = tap.source.kind === 'feed' ? tap.source.name : '';
      const feed = feeds.find((binding) => binding.name === name)?.data;
      return feed instanceof Float32Array || feed instanceof Int32Array ? feed : own(tap);
    };
  }

  /** Frees the runtime's memory. */
  async release(): Promise<void> {
    const programs = [...this.programs.values()];
    this.programs.clear();
    for (const program of programs) await program.release();
  }
}
