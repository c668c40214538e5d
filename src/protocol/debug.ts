import type { ErrorReport } from '../base/errors.ts';
import type { TensorStatistics } from '../statistics/definitions.ts';
import type { StatusEvent } from './status.ts';

/** The parts of a training step, in their order. */
export type Phase = 'forward' | 'loss' | 'backward' | 'update';

/** A layer that contains others: a Repeat, one of its iterations, a use of a define, a Residual. */
export interface Container {
  readonly path: string;
  readonly type: string;
  /** Line in the model file, from 1. */
  readonly line: number;
}

/**
 * One place where execution can stand within a step. A step is a list of moments: the layers in order of execution, the loss, the
 * same layers reversed for the backward pass, then one moment per parameter for the update. The layer of a moment has just run:
 * its inputs and outputs are both there. A Residual stands where its sum is computed.
 */
export interface Moment {
  /** Position in the step, from 0. */
  readonly index: number;
  readonly phase: Phase;
  /** Path of the layer; `loss` for the loss. */
  readonly path: string;
  readonly type: string;
  /** Line in the model file, from 1. */
  readonly line: number;
  /** Containers around it, outermost first. */
  readonly parents: readonly Container[];
  /** With `update`: the parameter's path. */
  readonly parameter?: string;
}

/**
 * One recorded value of a step. Taps are named as in src/statistics/taps.ts; `update:<parameter>` is what the update adds,
 * `optimizer:<state>:<parameter>` what the optimizer keeps, before the step.
 */
export interface TapInfo {
  /** `<path>.<tap>` */
  readonly name: string;
  readonly path: string;
  readonly tap: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly statistics: TensorStatistics;
  /** False where the record's memory was full: the value is computed again when it is asked for. */
  readonly isKept: boolean;
}

/** A tensor that an instruction reads or writes. */
export interface Operand {
  /** What `tensor`, `describe` and (in backquotes) expressions know it by: `%<number>`; of an update, the name of a tap. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  /** The tap, parameter, tensor of the batch or mask that it is; of a constant the value of its elements, or `constant`. */
  readonly label?: string;
}

/**
 * One operation of the step: a node of the graph that makes the record, or the update of one parameter. They come in the order of
 * execution.
 */
export interface Instruction {
  /** Position in the program, from 0. */
  readonly index: number;
  readonly phase: Phase;
  /** ONNX's op; of an update the optimizer's name. */
  readonly op: string;
  /** `axis=-1 epsilon=0.00001` */
  readonly attributes: string;
  readonly inputs: readonly Operand[];
  readonly outputs: readonly Operand[];
  /** The layer that it belongs to; `loss` for the loss. */
  readonly path: string;
  /** Line in the model file, from 1; 0 for none. */
  readonly line: number;
  /** Index of the moment that it is part of; the loss has one for both directions. */
  readonly moment?: number;
}

/** Everything that is known of the step that has not been taken yet. */
export interface StepRecordInfo {
  readonly step: number;
  /** Not finite when the step cannot be taken; then there are no moments of an update. */
  readonly loss: number;
  readonly lr: number;
  /** 2-norm of all gradients together, before clipping. */
  readonly gradNorm: number;
  readonly moments: readonly Moment[];
  readonly taps: readonly TapInfo[];
  /** Time that it took to record, and memory of the values kept. */
  readonly milliseconds: number;
  readonly bytes: number;
  /** What each token id stands for, where the data is a text. */
  readonly vocabulary?: readonly string[];
}

export interface EngineBreakpoint {
  /** The host's own number for it. */
  readonly id: number;
  /** `line`: one layer. `function`: all layers that a glob names. `data`: a tap or statistic. `rule`: an anomaly rule. */
  readonly kind: 'line' | 'function' | 'data' | 'rule';
  /** Layer path (line), glob over layer paths (function), `<path>.<tap>` or `<path>.<tap>.<statistic>` (data). */
  readonly path?: string;
  readonly phase: Phase;
  /**
   * Expression that must hold, and may end in `for <n>`: in so many steps one after the other. Of a data breakpoint it may begin
   * with the comparison (`> 4`). Of a rule it replaces the rule's own, over the numbers that the rule names.
   */
  readonly condition?: string;
  /** `5` (the fifth time), `>= 3`, `% 10`. */
  readonly hitCondition?: string;
  /** Text with {expressions} that is logged instead of stopping. */
  readonly log?: string;
  /** Name of the rule: see src/statistics/rules. */
  readonly rule?: string;
}

/** What became of a breakpoint. */
export interface BreakpointReport {
  readonly id: number;
  readonly verified: boolean;
  /** Why it is not verified, or what it costs. */
  readonly message?: string;
  /** `none`; `scalar`: computed from what each step yields anyway; `record`: each step runs a second pass for it. */
  readonly cost: 'none' | 'scalar' | 'record';
}

/**
 * Training came to rest by itself: at a `breakpoint`, a `data breakpoint`, or an `exception` (a rule). What the host asked for
 * itself (`pause`, `acceptStep`, `goTo`, the end of `train`'s steps) is told by the answer and by `status` alone; the other
 * reasons are the adapter's own. It comes right after the `status` that says `paused`. The step is not accepted: the whole state
 * before it is there.
 */
export interface StoppedEvent {
  readonly reason:
    'entry' | 'breakpoint' | 'data breakpoint' | 'exception' | 'pause' | 'step' | 'goto';
  readonly step: number;
  readonly phase: Phase;
  readonly path?: string;
  /** Numbers of the breakpoints that hold. */
  readonly breakpoints: readonly number[];
  readonly text?: string;
  readonly error?: ErrorReport;
  /** Of a step that is not finite: ranges of what the first bad layer takes, and of the last layers before it, a line each. */
  readonly details?: string;
}

export interface LogEvent {
  readonly text: string;
  readonly step: number;
  readonly path?: string;
}

export interface AttachRequest {
  /** Steps between two snapshots in memory; by default at least 50, and so many that they cost less than a fiftieth of the time. */
  readonly snapshotEvery?: number;
  /** Memory for snapshots, in bytes; 512 MB by default. One is kept however large it is. */
  readonly snapshotBytes?: number;
  /** Memory for the values of a record, in bytes; 256 MB by default. */
  readonly recordBytes?: number;
}

export interface TensorRequest {
  /** `<path>.<tap>`, or an operand's name. */
  readonly tap: string;
  /** First element in row-major order, and how many; cut at the tensor's end. */
  readonly offset: number;
  readonly count: number;
}

export interface TensorPart {
  readonly data: Float32Array | Int32Array;
  /** Elements of the whole tensor. */
  readonly total: number;
}

export interface EvaluateRequest {
  readonly expression: string;
  /** Layer whose taps can be named without a path. */
  readonly path?: string;
  readonly phase?: Phase;
}

export interface EvaluateResult {
  readonly text: string;
  /** `number`, `boolean`, or the tensor's element type and shape, e.g. `float32 [12, 64, 128]`. */
  readonly type: string;
  readonly value?: number;
  readonly shape?: readonly number[];
  /** Name of the tap when the expression is just that: its elements can be had by `tensor`. */
  readonly tap?: string;
}

export interface CompleteRequest {
  readonly text: string;
  /** Characters before the cursor. */
  readonly column: number;
  readonly path?: string;
}

export interface Completion {
  readonly label: string;
  readonly detail: string;
}

export interface GoToResult {
  readonly step: number;
  /** Steps that were computed again. */
  readonly replayed: number;
  /** Whether the hash of the parameters equals the one that was noted when the step was first taken. */
  readonly verified: boolean;
}

/** How far a journey to step `to` has come: `step` is computed next. */
export interface ReplayEvent {
  readonly from: number;
  readonly step: number;
  readonly to: number;
}

/** Steps from which a run can go on without computing anything again; ascending. */
export interface SavedSteps {
  /** In memory. */
  readonly snapshots: readonly number[];
  /** On the disk. */
  readonly checkpoints: readonly number[];
}

/** How often a breakpoint held before the step that stands still. */
export interface HitCount {
  readonly id: number;
  readonly count: number;
}

export interface FoundStep {
  readonly step: number;
  readonly phase: Phase;
  readonly path?: string;
  readonly breakpoints: readonly number[];
}

export interface SetValueRequest {
  /**
   * Hyperparameter (`lr`), parameter path, tensor of the batch (`input`, `targets`), or tap. What is given for an element of a tap
   * (`in` and `out` of a layer; `skip`, `branch` and `sum` of a residual) holds in this one step: the record, asked for again, is
   * computed with it from there on, the backward pass and the update too. No gradient flows to the element, as in PyTorch to one
   * that was assigned.
   */
  readonly target: string;
  /** Element in row-major order; needed for tensors. */
  readonly index?: number;
  readonly value: number;
}

/** What a debugger asks of the engine, besides the methods of every host. */
export interface DebugMethods {
  /** Begins debugging: from now on breakpoints and rules are checked, and snapshots made. May be repeated to change the settings. */
  attach(request: AttachRequest): null;
  /** Ends debugging: no breakpoint holds any more, and a non-finite step ends the run again. */
  detach(request: null): null;
  /** The next step, which is not taken, with every tap. Kept until the state moves; `at-end` when a finished run was opened again. */
  record(request: null): StepRecordInfo;
  /** Replaces all breakpoints. Attaches if that has not been done. */
  setBreakpoints(request: {
    readonly breakpoints: readonly EngineBreakpoint[];
  }): readonly BreakpointReport[];
  /** The operations of the record's step; without those of the update when the step cannot be taken. */
  instructions(request: null): readonly Instruction[];
  /** A tap of the record, or an operand of an instruction, which is computed for this if need be. */
  describe(request: { readonly tap: string }): TapInfo;
  /** Elements of a tap of the record, or of an operand of an instruction. */
  tensor(request: TensorRequest): TensorPart;
  /** The value of an expression over the record: names are taps of the layer first, then `<path>.<tap>`. */
  evaluate(request: EvaluateRequest): EvaluateResult;
  complete(request: CompleteRequest): readonly Completion[];
  /**
   * Takes the run to the moment before step `step`, by the nearest snapshot, checkpoint or the first values, and replay; at most as
   * far as it has been already: to get further is to train.
   */
  goTo(request: { readonly step: number }): GoToResult;
  /** Lets a `goTo` that is under way fail with `replay-cancelled`: the run then stands at the step that it has come to. */
  cancelGoTo(request: null): null;
  savedSteps(request: null): SavedSteps;
  /** Of each breakpoint that held since it was set. */
  hitCounts(request: null): readonly HitCount[];
  /** The last earlier step in which a breakpoint held, as far as that can be told from what each step left in the run's file. */
  findBack(request: null): FoundStep | null;
  /** Changes a value from this step on; the run is marked as forked, and what it did beyond this step is forgotten. */
  setValue(request: SetValueRequest): { readonly text: string };
  /** Takes the step that stands still, and pauses before the next one. */
  acceptStep(request: null): StatusEvent;
}

export interface DebugEvents {
  readonly stopped: StoppedEvent;
  /** A few times a second while `goTo` computes steps again. */
  readonly replay: ReplayEvent;
  /** A logpoint's text. */
  readonly log: LogEvent;
}
