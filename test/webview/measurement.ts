import type { ToView } from '../../src/protocol/view.ts';

/** What is measured: from a message, or from a click on a tool, until so many nodes of a kind are there. */
export interface Measurement {
  readonly message?: ToView;
  readonly click?: string;
  /** Selector behind `.node`. */
  readonly nodes: string;
  readonly count: number;
}
