import type { LayerFacts, Measure } from './facts.ts';

/**
 * An anomaly that can be seen in the numbers of a step. Names and defaults follow Amazon SageMaker Debugger where it has the rule.
 * Label, description and remedy are English here; who shows them translates them.
 */
export interface RuleDefinition {
  readonly name: string;
  /** As a list of rules shows it. */
  readonly label: string;
  /** What it means, with the names of its numbers. */
  readonly description: string;
  /** Expression over the rule's numbers. */
  readonly condition: string;
  /** Names of the numbers, for conditions of one's own. */
  readonly numbers: readonly string[];
  /** Steps one after the other in which it must hold at one place. */
  readonly steps: number;
  readonly phase: 'forward' | 'loss' | 'backward' | 'update';
  readonly remedy: string;
  /** Names of the taps that it needs; without them it is computed from what each step yields. */
  readonly taps?: (layers: readonly LayerFacts[]) => readonly string[];
  /** Steps from one look to the next, 1 when left out; Infinity: the first step only. */
  readonly every?: number;
  readonly measure: () => Measure;
}
