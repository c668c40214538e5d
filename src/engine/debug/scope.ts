import type { Names } from '../../statistics/expressions/check.ts';
import {
  scalarTapsOf,
  type KnownStatistic,
  type Scope,
} from '../../statistics/expressions/evaluate.ts';
import type { CheckedExpression } from '../../statistics/expressions/check.ts';
import type { Value } from '../../statistics/expressions/values.ts';
import { normWidth } from '../../statistics/taps.ts';
import type { Trainer } from '../train/trainer.ts';
import { updateOf } from './recorder.ts';
import type { Meaning, Namespace } from './namespace.ts';
import type { TapSpec } from './tapList.ts';
import type { TapArray } from './tapValues.ts';

/** The numbers of one step. */
export interface StepNumbers {
  readonly step: number;
  readonly loss: number;
  readonly lr: number;
  readonly gradNorm: number;
  /** [norms, normWidth]; empty where a step did not come that far. */
  readonly norms: Float32Array;
}

/** Where the elements of taps come from. */
export type TapLookup = (tap: TapSpec) => TapArray | undefined;

/** What an expression needs: nothing, numbers of the step, the tensors of the update, or taps that only a record has. */
export interface Needs {
  readonly cost: 'none' | 'scalar' | 'record';
  readonly taps: readonly TapSpec[];
  /** Elements of parameters, gradients and updates that are looked at. */
  readonly elements: number;
  /** Whether it can be told from the numbers that are kept of past steps. */
  readonly isHistoric: boolean;
}

export function needsOf(
  expression: CheckedExpression,
  namespace: Namespace,
  path: string | undefined,
): Needs {
  const taps: TapSpec[] = [];
  let isHistoric = true;
  let elements = 0;
  const used = scalarTapsOf(expression);
  for (const { name, statistic } of used) {
    const meaning = namespace.resolve(name, path);
    if (meaning?.kind === 'updateRatio') isHistoric = false;
    if (meaning?.kind !== 'tap') continue;
    if (statistic && namespace.columnOf(meaning.tap, statistic)) continue;
    isHistoric = false;
    const isAtHand = isTensorOfUpdate(meaning.tap);
    if (isAtHand) elements += meaning.tap.shape.reduce((a, b) => a * b, 1);
    else taps.push(meaning.tap);
  }
  const cost = taps.length > 0 ? 'record' : used.length > 0 ? 'scalar' : 'none';
  return { cost, taps, elements, isHistoric };
}

/** Parameters, their gradients and updates are there at each step without a record. */
function isTensorOfUpdate({ tap, source }: TapSpec): boolean {
  if (source.kind === 'gradient' || source.kind === 'update') return true;
  return source.kind === 'feed' && tap.startsWith('param:');
}

/** The parameters, gradients and updates of the step that is prepared. */
export function updateTensors(trainer: Trainer): TapLookup {
  return ({ source }) => {
    if (source.kind === 'gradient') return trainer.state.gradient(source.parameter);
    if (source.kind === 'update') return updateOf(trainer, source.parameter);
    if (source.kind !== 'feed') return undefined;
    const index = trainer.parameters.findIndex(({ path }) => path === source.name);
    return index < 0 ? undefined : trainer.state.parameter(index);
  };
}

/** log10(std(ΔW) / std(W)) of the prepared step; NaN for a parameter whose elements are all equal. */
export function updateRatio(trainer: Trainer, parameter: number): number {
  const { parameter: before, update } = trainer.state.updateDeviations(parameter);
  return before === 0 ? NaN : Math.log10(update / before);
}

/** What names are worth at a layer in one step. `trainer` has that step prepared; without one, only numbers are known. */
export class StepScope implements Scope {
  private readonly namespace: Namespace;
  private readonly path: string | undefined;
  private readonly numbers: StepNumbers;
  private readonly trainer: Trainer | undefined;
  private readonly tensors: TapLookup;
  private readonly known: Names;

  constructor(
    namespace: Namespace,
    path: string | undefined,
    numbers: StepNumbers,
    trainer: Trainer | undefined,
    tensors: TapLookup,
  ) {
    this.namespace = namespace;
    this.path = path;
    this.numbers = numbers;
    this.trainer = trainer;
    this.tensors = tensors;
    this.known = namespace.at(path);
  }

  typeOf(name: string): ReturnType<Names['typeOf']> {
    return this.known.typeOf(name);
  }

  names(): readonly string[] {
    return this.known.names();
  }

  valueOf(name: string): Value {
    const meaning = this.namespace.resolve(name, this.path);
    if (meaning?.kind === 'tap') {
      const data = this.tensors(meaning.tap);
      return data === undefined ? NaN : { shape: meaning.tap.shape, data };
    }
    return this.number(meaning);
  }

  statistic(name: string, statistic: KnownStatistic): number | undefined {
    const meaning = this.namespace.resolve(name, this.path);
    const column =
      meaning?.kind === 'tap' ? this.namespace.columnOf(meaning.tap, statistic) : undefined;
    if (column === undefined || this.numbers.norms.length === 0) return undefined;
    return this.number(column);
  }

  private number(meaning: Meaning | undefined): number {
    if (meaning?.kind === 'step') return this.numbers[meaning.name];
    if (meaning?.kind === 'column') {
      return this.numbers.norms[meaning.norm * normWidth + meaning.column] ?? NaN;
    }
    if (meaning?.kind === 'updateRatio' && this.trainer) {
      return updateRatio(this.trainer, meaning.parameter);
    }
    return NaN;
  }
}
