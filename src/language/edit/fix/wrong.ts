import type { ModelTree } from '../../check/check.ts';
import type { Range } from '../../syntax/tree.ts';
import type { Outline } from '../marks.ts';
import type { Surroundings } from './surroundings.ts';

/** Something wrong in a text, and what is around it. */
export interface Wrong {
  readonly code: string;
  readonly range: Range;
  readonly path: string;
  readonly text: string;
  readonly outline: Outline;
  readonly tree: ModelTree;
  readonly around: Surroundings;
}
