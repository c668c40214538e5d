import type { DiagnosticCode } from './codes.ts';
import type { Range } from './tree.ts';

/** Something wrong, or doubtful, in a model file. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: 'error' | 'warning';
  /** Names the thing that is wrong and the remedy. */
  readonly message: string;
  /** Path of the layer that it is about; '' for none. */
  readonly path: string;
  readonly range: Range;
  /** Changes of the text that put it right; several are alternatives. */
  readonly fixes?: readonly Fix[];
}

/** A change of the text: `range` is replaced. */
export interface TextEdit {
  readonly range: Range;
  readonly text: string;
}

/** A change that an editor offers for a diagnostic. */
export interface Fix {
  readonly title: string;
  readonly edits: readonly TextEdit[];
}

/** Takes a problem of a range; the collector adds the layer's path and drops repetitions. */
export type Report = (
  code: DiagnosticCode,
  message: string,
  range: Range,
  fixes?: readonly Fix[],
) => void;
