/** What a rule may look at: numbers that every step yields, that are cheap to have when a rule asks, and the taps that it names. */
export interface RuleFacts {
  readonly step: number;
  readonly loss: number;
  /** 2-norm of all gradients together, before clipping. */
  readonly gradNorm: number;
  readonly norms: readonly NormFacts[];
  readonly parameters: readonly ParameterFacts[];
  /** The newest validation: mean loss, and the steps taken before it. */
  readonly validation?: { readonly step: number; readonly loss: number };
  /** In the order of execution, containers among them. */
  readonly layers: readonly LayerFacts[];
  /** Elements of a tap that the rule asked for; undefined where there is none. */
  readonly tap: (name: string) => TapElements | undefined;
}

export interface LayerFacts {
  readonly path: string;
  readonly type: string;
}

/** A tensor in row-major order. */
export interface TapElements {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** Token averages of a norm's input. */
export interface NormFacts {
  readonly path: string;
  readonly mean: number;
  readonly var: number;
  readonly epsilon: number;
}

export interface ParameterFacts {
  readonly path: string;
  /** Two axes or more: what update ratios are about. */
  readonly isMatrix: boolean;
  /** Mean magnitude of the gradient's elements. */
  readonly meanGradient: () => number;
  /** log10(std(ΔW) / std(W)) of the update that the step makes; NaN for a parameter whose elements are equal. */
  readonly updateRatio: () => number;
}

/** What a rule measured at one place. */
export interface Measurement {
  /** Layer or parameter; '' for the whole run. */
  readonly path: string;
  readonly numbers: Readonly<Record<string, number>>;
}

/** Measures step after step; a step that is not later than one before it takes the place of that and of all after it. */
export type Measure = (facts: RuleFacts) => readonly Measurement[];
