import type { Topology } from '../topology/topology.ts';
import type { EndEvent, RunInfo, StatusEvent, StepsEvent, ValidationEvent } from './engine.ts';

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
  readonly topology: Topology;
  /** True while the text is broken and `topology` is what could still be read, or the last good picture. */
  readonly stale: boolean;
  readonly problems: readonly ViewProblem[];
}

/** The run that the panel shows, with its history thinned to what a chart can draw. */
export interface ViewRun {
  readonly info: RunInfo;
  readonly status: StatusEvent;
  /** Batches of steps in order; older ones may be thinned: `stride` steps lie between neighbours. */
  readonly history: readonly ViewSteps[];
  readonly validations: readonly ValidationEvent[];
  readonly end?: EndEvent;
  /** Present when the engine ended without being told to, and the run can go on from this step. */
  readonly resumable?: { readonly step: number };
}

export interface ViewSteps extends StepsEvent {
  readonly stride: number;
}

/** Extension host → panel. */
export type ToView =
  /** Everything; sent when the panel says `ready`, and again when it becomes visible. */
  | {
      readonly type: 'hydrate';
      readonly model: ViewModel | null;
      readonly run: ViewRun | null;
      readonly selection: string | null;
    }
  | { readonly type: 'model'; readonly model: ViewModel | null }
  | { readonly type: 'run'; readonly run: ViewRun | null }
  /** A little more of the current run, coalesced, only while the panel is visible. */
  | {
      readonly type: 'delta';
      readonly status?: StatusEvent;
      readonly steps?: StepsEvent;
      readonly validation?: ValidationEvent;
      readonly end?: EndEvent;
    }
  /** The layer at the editor's cursor. */
  | { readonly type: 'selection'; readonly path: string | null };

/** Panel → extension host; validated at run time by `parseFromView`. */
export type FromView =
  | { readonly type: 'ready' }
  | { readonly type: 'train' }
  | { readonly type: 'pause' }
  | { readonly type: 'step'; readonly count: number }
  | { readonly type: 'stop' }
  /** Go on from the last checkpoint after the engine was lost. */
  | { readonly type: 'resume' }
  /** Show the line of a layer in the editor. */
  | { readonly type: 'reveal'; readonly path: string }
  | { readonly type: 'openExample' };
