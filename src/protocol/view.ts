import type { ErrorReport } from '../base/errors.ts';
import type { JsonText } from '../base/json.ts';
import type { Topology } from '../topology/topology.ts';
import type { HistogramEvent } from './engine.ts';
import type {
  EndEvent,
  RunInfo,
  StatusEvent,
  StepsEvent,
  StreamEvent,
  ValidationEvent,
} from './engine.ts';
import type { RunWriter } from './status.ts';

/** One problem of the model file, as the panel lists it. */
export interface ViewProblem {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly line: number;
}

/** The model that the panel shows. */
export interface ViewModel {
  readonly name: string;
  readonly fileName: string;
  /** Where the model file is. The panel keeps it in its saved state, so that a restored panel can be given its model again. */
  readonly uri?: string;
  /** As text: the extension host only hands it on, and for a large model it is large. */
  readonly topology: JsonText<Topology>;
  /** True while the text is broken: `topology` is what is right of it, where items of no known shape are broken or behind what is. */
  readonly stale: boolean;
  /** True where nothing of the text can be drawn and `topology` is that of an earlier one, the last good picture. */
  readonly lastGood?: boolean;
  readonly problems: readonly ViewProblem[];
}

/** The run that the panel shows, with its history thinned to what a chart can draw. */
export interface ViewRun {
  readonly info: RunInfo;
  readonly status: StatusEvent;
  /**
   * Batches of steps in order; older ones may be thinned: `stride` steps lie between neighbours. `RunSeries` of the statistics
   * room keeps a run of any length in bounded memory, and its `snapshot()` is this list.
   */
  readonly history: readonly ViewSteps[];
  readonly validations: readonly ValidationEvent[];
  /** The residual stream whenever it was measured, ascending by step; of a long run not all of them. */
  readonly streams?: readonly StreamEvent[];
  readonly end?: EndEvent;
  /** The process that trains it, when that is not this window's: the panel is a viewer then. */
  readonly writer?: RunWriter;
  /** Present when the engine ended without being told to, and the run can go on from this step. */
  readonly resumable?: { readonly step: number };
}

/** Steps of which `stride` became one element. */
export interface ViewSteps extends StepsEvent {
  readonly stride: number;
  /** The last step that the last element stands for, when that is fewer than `stride` steps. */
  readonly last?: number;
  /** Extremes of the steps that an element stands for, so that a spike survives the thinning. */
  readonly lossMin?: Float64Array;
  readonly lossMax?: Float64Array;
  readonly gradNormMin?: Float64Array;
  readonly gradNormMax?: Float64Array;
  /** The newest steps told once more, one by one: for the window of recent steps alone. */
  readonly isRecent?: boolean;
}

/**
 * What the panel saves with `setState`, and what VS Code hands to the panel's serializer after a reload. Only what the extension
 * needs is named here.
 */
export interface SavedViewState {
  readonly modelUri?: string;
  readonly selection?: string;
}

/** Extension host → panel. */
export type ToView =
  /** Everything; sent when the panel says `ready`, and again when it becomes visible. */
  | {
      readonly type: 'hydrate';
      readonly model: ViewModel | null;
      readonly run: ViewRun | null;
      readonly selection: string | null;
      /** Layers that are selected together with it. */
      readonly also?: readonly string[];
    }
  | { readonly type: 'model'; readonly model: ViewModel | null }
  | { readonly type: 'run'; readonly run: ViewRun | null }
  /** A little more of the current run, coalesced, only while the panel is visible. */
  | {
      readonly type: 'delta';
      readonly status?: StatusEvent;
      readonly steps?: StepsEvent;
      readonly validation?: ValidationEvent;
      readonly histogram?: HistogramEvent;
      readonly stream?: StreamEvent;
      readonly end?: EndEvent;
    }
  /** Something the user asked for did not happen; shown until it is dismissed or something else is asked for. */
  | { readonly type: 'error'; readonly error: ErrorReport }
  /** The layer at the editor's cursor; `also` those at its other cursors. */
  | {
      readonly type: 'selection';
      readonly path: string | null;
      readonly also?: readonly string[];
    };

/** Panel → extension host; validated at run time by `parseFromView`. */
export type FromView =
  | { readonly type: 'ready' }
  /** Start a run, or go on with the paused one; a new run when the last one ended or failed. */
  | { readonly type: 'train' }
  | { readonly type: 'pause' }
  /** Take `count` steps (1 to 1,000,000), then pause; starts a run when there is none. */
  | { readonly type: 'step'; readonly count: number }
  | { readonly type: 'stop' }
  /** Go on from the last checkpoint after the engine was lost. */
  | { readonly type: 'resume' }
  /** Show the line of a layer in the editor, with further cursors at the lines of those that are selected with it. */
  | { readonly type: 'reveal'; readonly path: string; readonly also?: readonly string[] }
  /** Show a line of the model file, from 1, e.g. that of a problem. */
  | { readonly type: 'revealLine'; readonly line: number }
  | { readonly type: 'openExample' }
  /** The norm whose `histogram` is to be told, or none. */
  | { readonly type: 'watchHistogram'; readonly norm: string | null }
  /** Ask where to save a picture or a table that the view made, and write it there. */
  | {
      readonly type: 'save';
      /** Proposed name of the file, with its ending. */
      readonly name: string;
      readonly content: string;
      /** What `content` is: text, or bytes in base64. */
      readonly encoding: 'utf8' | 'base64';
    };
