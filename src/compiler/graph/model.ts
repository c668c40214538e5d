import type { GraphBuilder } from './builder.ts';
import type { DType, Shape, Value } from './types.ts';

/** How a parameter gets its first values; names and meaning as in `torch.nn.init`. */
export type Initializer =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'uniform'; readonly low: number; readonly high: number }
  | {
      readonly kind: 'normal';
      readonly mean: number;
      readonly std: number;
      /** A row that starts as zeros, as that of an embedding's padding token. */
      readonly zeroRow?: number;
    }
  | {
      readonly kind: 'truncatedNormal';
      readonly mean: number;
      readonly std: number;
      readonly low: number;
      readonly high: number;
    }
  | { readonly kind: 'orthogonal'; readonly gain: number };

/** A trained tensor. `path` is PyTorch's state-dict name: layer path + `.` + PyTorch's parameter name. */
export interface Parameter {
  readonly path: string;
  readonly value: Value;
  readonly initializer: Initializer;
}

/** What a training batch does to a buffer: a running average of `batch`, or a count of the batches. */
export type BufferUpdate =
  | {
      readonly kind: 'average';
      /** What the batch has. */
      readonly batch: Value;
      /** Factor on `batch`, such as n / (n − 1) for an unbiased variance. */
      readonly factor: number;
      /** new = (1 − momentum) · old + momentum · factor · batch; undefined: the mean over all batches so far. */
      readonly momentum: number | undefined;
    }
  | { readonly kind: 'count' };

/**
 * State of a layer that is not trained: float32, fed under its path, which is PyTorch's state-dict name. Evaluation reads it;
 * training only moves it, between two steps.
 */
export interface Buffer {
  readonly path: string;
  readonly value: Value;
  readonly initial: number;
  /** Absent in evaluation. */
  readonly update?: BufferUpdate;
}

/** What one batch feeds. */
export interface BatchInput {
  readonly name: string;
  readonly role: 'input' | 'target' | 'paddingMask';
  readonly value: Value;
}

/**
 * A dropout mask to be fed at every step: elements 0 with probability `probability`, else 1 / (1 - probability)
 * (inverted dropout as in `torch.nn.Dropout`).
 */
export interface DropoutMask {
  readonly path: string;
  readonly value: Value;
  readonly probability: number;
}

/** A named place of a layer whose value can be looked at; `name` is one of the tap names of `src/statistics/taps.ts`. */
export interface Tap {
  readonly path: string;
  readonly name: string;
  readonly value: Value;
}

/**
 * A norm layer whose rows are watched at every step: its input and output, each [..., features], and, where the norm itself
 * computes them, mean and 1 / sqrt(var + eps) of each row of the input.
 */
export interface NormSite {
  readonly path: string;
  readonly line: number;
  readonly type: string;
  readonly input: Value;
  readonly output: Value;
  readonly epsilon: number;
  readonly own?: { readonly mean: Value; readonly inverseStd: Value };
  /** Of a norm over the batch, whose rows are channels. */
  readonly channels?: ChannelMoments;
}

/** Mean and biased variance of each channel as the norm computes them, and the gain and bias that it applies; all [channels]. */
export interface ChannelMoments {
  readonly mean: Value;
  readonly variance: Value;
  readonly gain: Value;
  readonly bias: Value;
}

/** A residual: sum = skip + branch, each of one shape; `out` is what its norm and activation make of the sum. */
export interface ResidualSite {
  readonly path: string;
  readonly line: number;
  readonly skip: Value;
  readonly branch: Value;
  readonly sum: Value;
  readonly out: Value;
  /** The axis of its channels, from 0. */
  readonly channelAxis: number;
}

/** One layer as it came out of lowering: what tables, pictures and the command line list. */
export interface LayerSummary {
  readonly path: string;
  readonly type: string;
  readonly line: number;
  readonly outputShape: Shape;
  readonly outputType: DType;
  /** Number of trained elements that belong to this layer itself (a container counts its children's). */
  readonly parameters: number;
}

/** A model file lowered to the forward graph of one batch, with everything that later passes and people need to know. */
export interface ForwardModel {
  readonly builder: GraphBuilder;
  readonly batch: readonly BatchInput[];
  readonly masks: readonly DropoutMask[];
  readonly parameters: readonly Parameter[];
  readonly buffers: readonly Buffer[];
  readonly taps: readonly Tap[];
  readonly norms: readonly NormSite[];
  readonly residuals: readonly ResidualSite[];
  readonly layers: readonly LayerSummary[];
  /** The network's output, before the loss. */
  readonly output: Value;
  /** Scalar mean loss of the batch. */
  readonly loss: Value;
}
