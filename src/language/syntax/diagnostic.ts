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
}

/** Takes a problem of a range; the collector adds the layer's path and drops repetitions. */
export type Report = (code: DiagnosticCode, message: string, range: Range) => void;
