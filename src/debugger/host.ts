import type { ErrorReport } from '../base/errors.ts';
import type { Disposable } from '../base/lifetime.ts';
import type { DebugEvents, DebugMethods } from '../protocol/debug.ts';
import type { EngineEvents, EngineMethods, RunInfo } from '../protocol/engine.ts';
import type { AttachArguments, LaunchArguments } from './arguments.ts';

type Methods = EngineMethods & DebugMethods;
type Events = EngineEvents & DebugEvents;

/** A connection to an engine, as much of it as the debugger needs; an `EngineClient` is one. */
export interface Engine {
  request<K extends keyof Methods>(
    method: K,
    parameter: Parameters<Methods[K]>[0],
  ): Promise<ReturnType<Methods[K]>>;
  on<K extends keyof Events>(event: K, listener: (payload: Events[K]) => void): Disposable;
  /** The engine ended without being told to. */
  readonly onLost: (listener: (reason: ErrorReport) => void) => Disposable;
}

/** A run that is open in an engine, and what the debugger may do with it as a whole. */
export interface DebuggedRun {
  readonly engine: Engine;
  readonly info: RunInfo;
  /** The text that the run was made of. */
  readonly modelText: string;
  /** `path=value` pairs that override the text. */
  readonly overrides: readonly string[];
  /** Whether the run was training already when it was attached to. */
  readonly isTraining: boolean;
  /** Ends the run with a checkpoint, and its engine; nothing when it is over. */
  stop(): Promise<void>;
  /** The debugger is done with the run, which may go on. */
  release(): void;
}

/** Who makes runs for the debugger: an editor, or a command line. */
export interface DebugHost {
  /** Compiles the model and opens a run. Rejects with a `NormscopeError`. */
  launch(options: LaunchArguments): Promise<DebuggedRun>;
  /** Takes part in a run that is open already. Rejects with a `NormscopeError`. */
  attach(options: AttachArguments): Promise<DebuggedRun>;
  /** The model file's text as it stands now; undefined when it cannot be read. */
  currentText(modelPath: string): Promise<string | undefined>;
}
