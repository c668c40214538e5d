import type { DataSettings } from '../settings.ts';
import type { ArgumentSpecs, ValuesOf, WithPositional } from './arguments.ts';

/** Where batches come from: one kind of entry under `train.data`. */
export interface DataSourceDefinition<A extends ArgumentSpecs = ArgumentSpecs> {
  readonly type: DataSettings['kind'];
  readonly doc: string;
  readonly positional?: string;
  readonly arguments: A;
  /** The settings; a text says why these values do not go together. */
  settings(values: ValuesOf<A>): DataSettings | string;
}

/** Types the values that `settings` gets by the arguments. */
export function defineSource<const A extends ArgumentSpecs>(
  definition: DataSourceDefinition<A> & WithPositional<A>,
): DataSourceDefinition {
  return definition;
}
