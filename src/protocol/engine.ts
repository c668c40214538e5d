import type { ErrorReport } from '../base/errors.ts';
import type { RunningDistance, SignalPoint } from '../statistics/channels.ts';
import type { TensorStatistics } from '../statistics/definitions.ts';
import type { Histogram } from '../statistics/histogram.ts';
import type { StreamPoint } from '../statistics/stream.ts';
import type { DebugEvents, DebugMethods } from './debug.ts';
import type { StatusEvent } from './status.ts';

/** Which model to train, and what overrides its file. Paths are absolute. */
export interface OpenRequest {
  readonly modelPath: string;
  /** The model's text as the user sees it, which need not be saved yet. */
  readonly modelText: string;
  /** Folders that data may be read from; the model file's own folder is always among them. */
  readonly allowedRoots: readonly string[];
  /** `path=value` pairs that override values of the file, e.g. `train.steps=100`. */
  readonly overrides: readonly string[];
  readonly steps?: number;
  readonly seed?: number;
  /** Intra-op threads of the runtime; by default the machine's cores, at most 4. */
  readonly threads?: number;
  /** Parent folder of new runs; `.normscope/runs` beside the model file when left out. */
  readonly runsDirectory?: string;
  /** Folder of a run to go on with, from its newest intact checkpoint. */
  readonly resume?: string;
  /** Safetensors file with first parameter values by path. */
  readonly initFrom?: string;
  /** `look`: for `probe` and `exportParameters` only; no folder is made, and a run that is resumed stays as it is. */
  readonly purpose?: 'train' | 'look';
}

/** A norm as charts and tables list it. */
export interface NormInfo {
  readonly path: string;
  readonly type: string;
  readonly line: number;
}

export interface RunInfo {
  readonly id: string;
  readonly directory: string;
  readonly modelPath: string;
  readonly modelName: string;
  /** First step that has not been taken yet; 0 for a new run. */
  readonly step: number;
  /** Total steps to take. */
  readonly steps: number;
  /** Steps of one pass over the training part; absent where the data has no end. */
  readonly stepsPerEpoch?: number;
  /** What the classes are called, where they have names. */
  readonly classNames?: readonly string[];
  readonly seed: number;
  readonly threads: number;
  readonly parameters: number;
  readonly norms: readonly NormInfo[];
  /** Milliseconds from the model's text to a program ready to run. */
  readonly compileMilliseconds: number;
  /** A careful guess, made before the first step, of how long a step may take. */
  readonly estimatedStepMilliseconds?: number;
}

export type { RunState, StatusEvent } from './status.ts';

/** Consecutive steps, column by column; step `first + i` is element i of each. */
export interface StepsEvent {
  readonly first: number;
  readonly loss: Float64Array;
  /** Share of the cases that were given their class; absent where cases have none. */
  readonly accuracy?: Float64Array;
  readonly lr: Float64Array;
  /** 2-norm of all gradients together, before clipping. */
  readonly gradNorm: Float64Array;
  /** [steps, norms, normWidth]: see `normColumns`. */
  readonly norms: Float32Array;
}

export interface ValidationEvent {
  /** Steps taken before this validation. */
  readonly step: number;
  readonly loss: number;
  /** Share of the cases that were given their class; absent where cases have none. */
  readonly accuracy?: number;
  /** Cases by class, then by the class given; absent with the accuracy, and where there are too many classes. */
  readonly confusion?: readonly (readonly number[])[];
}

/** The residual stream in the step that comes next, on its first batch. */
export interface StreamEvent {
  /** Steps taken before this was measured. */
  readonly step: number;
  /** One per residual that has a skip, in the order of the model. */
  readonly points: readonly StreamPoint[];
}

/** How all elements of a norm's input and output are spread in the step that comes next, on its first batch. */
export interface HistogramEvent {
  /** Number of that step, from 0. */
  readonly step: number;
  /** Path of the norm. */
  readonly norm: string;
  readonly before: Histogram;
  readonly after: Histogram;
  /** Of a norm with channels of its own: what the batch has of each, beside the running statistics. */
  readonly channels?: ChannelReport;
}

/** One pass over the training part of the data has ended. */
export interface EpochEvent {
  /** Its number, from 1. */
  readonly epoch: number;
  /** Steps taken so far. */
  readonly step: number;
  /** Means over the steps of the epoch, as training saw them. */
  readonly loss: number;
  readonly accuracy?: number;
  /** Of the validation at its end, if there was one. */
  readonly validationLoss?: number;
  readonly validationAccuracy?: number;
}

export interface CheckpointEvent {
  readonly step: number;
  readonly directory: string;
}

export interface EndEvent {
  readonly steps: number;
  readonly loss: number;
  readonly validationLoss?: number;
  readonly validationAccuracy?: number;
  readonly seconds: number;
  readonly stepsPerSecond: number;
  /** SHA-256 over all parameters in order, hexadecimal. */
  readonly parametersHash: string;
}

export interface ProbeRequest {
  /** `normal`: standard-normal float inputs where the model takes floats; `data`: a batch of the training data. */
  readonly input: 'normal' | 'data';
  /** Glob over `<path>.<tap>`; `**` by default. */
  readonly taps: string;
}

export interface TapReport extends TensorStatistics {
  readonly shape: readonly number[];
}

export interface ProbeReport {
  readonly loss: number;
  readonly taps: Readonly<Record<string, TapReport>>;
  /** Mean and biased variance of each channel before and after the norms over channels whose `mean:` and `var:` taps were wanted. */
  readonly channels: Readonly<Record<string, ChannelReport>>;
  /** Signal propagation along the residuals whose taps `out` and `branch` were wanted, in the order of the model. */
  readonly signal: Readonly<Record<string, SignalPoint>>;
}

/** One number per channel. */
export interface ChannelReport {
  readonly inMean: readonly number[];
  readonly inVar: readonly number[];
  readonly outMean: readonly number[];
  readonly outVar: readonly number[];
  /** Of a norm with running statistics: these, and how far they are from the batch's. */
  readonly running?: {
    readonly mean: readonly number[];
    readonly var: readonly number[];
    readonly distance: RunningDistance;
  };
}

/** What a host asks of the engine: method name → parameter and result. */
export interface EngineMethods extends DebugMethods {
  /** Compiles the model and makes or resumes a run; once per process. */
  open(request: OpenRequest): RunInfo;
  /** Trains until the run's total, or `steps` more steps and then pauses. Returns at once. */
  train(request: { readonly steps?: number }): null;
  /** Pauses after the step under way; answers when paused. */
  pause(request: null): { readonly step: number };
  /** Ends the run after the step under way, with a checkpoint; answers when it is written. */
  stop(request: null): EndEvent;
  /** Whether the residual stream is measured now and then, and told as `stream`; costs a fiftieth of the training's time. */
  watchStream(request: { readonly isWatched: boolean }): null;
  /** The norm whose `histogram` is told now and then, or none; costs a fiftieth of the training's time. Answers when it was told. */
  watchHistogram(request: { readonly norm: string | null }): null;
  /** One forward and backward pass on the current parameters, with statistics of every tap. */
  probe(request: ProbeRequest): ProbeReport;
  /** Writes the parameters to a safetensors file. */
  exportParameters(request: { readonly file: string }): null;
}

/** What the engine tells its host: event name → payload. */
export interface EngineEvents extends DebugEvents {
  readonly status: StatusEvent;
  readonly steps: StepsEvent;
  readonly validation: ValidationEvent;
  readonly epoch: EpochEvent;
  readonly histogram: HistogramEvent;
  readonly stream: StreamEvent;
  readonly checkpoint: CheckpointEvent;
  readonly end: EndEvent;
  /** Something that went less than well and did not stop the run. */
  readonly warning: ErrorReport;
  /** A sign of life once a second, for the watchdog. */
  readonly alive: null;
}
