import type { Value } from '../../compiler/graph/types.ts';
import type { Item } from '../layers/definition.ts';
import type { InitializerChoice } from '../layers/initializers.ts';
import type { BatchTensor, LossSettings } from '../settings.ts';
import type { DiagnosticCode } from '../syntax/codes.ts';
import type { Fix } from '../syntax/diagnostic.ts';
import type { Range } from '../syntax/tree.ts';

/** A model resolved far enough to be built as a graph. */
export interface AssemblyPlan {
  readonly items: readonly Item[];
  /** Initializers by layer type and parameter name, for layers that do not say their own. */
  readonly init: ReadonlyMap<string, ReadonlyMap<string, InitializerChoice>>;
  readonly batch: readonly BatchTensor[];
  /** Number of token ids that the data holds, or of classes; what targets can name. */
  readonly tokens: number | undefined;
  readonly classes: number;
  readonly className: string;
  /** Absent while it is wrong in the text. */
  readonly loss: LossSettings | undefined;
  readonly training: boolean;
  /** Where the data and the loss stand in the text. */
  readonly dataRange: Range;
  readonly lossRange: Range;
}

/** Takes what is wrong with a layer; `path` is the layer's. */
export type ReportProblem = (
  severity: 'error' | 'warning',
  code: DiagnosticCode,
  message: string,
  range: Range,
  path: string,
  fixes?: readonly Fix[],
) => void;

/** What became of one item. */
export interface ItemResult {
  readonly value: Value;
  /** Trained elements of the item and of all inside of it; shared parameters count where they are made. */
  readonly parameters: number;
  /** Floating-point operations of the item and of all inside of it, forward, for one batch. */
  readonly flops: number;
}
