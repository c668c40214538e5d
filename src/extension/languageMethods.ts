import type { JsonText } from '../base/json.ts';
import type { FileDiagnostic } from '../engine/checkFile.ts';
import type { RunSummary } from '../engine/runs/summary.ts';
import type { RunInfo, StepsEvent, ValidationEvent } from '../protocol/engine.ts';
import type { RunWriter } from '../protocol/status.ts';
import type { ThinnedSteps } from '../statistics/series/steps.ts';
import type { Topology } from '../topology/topology.ts';

/** A model file to check, as the user sees it. */
export interface CheckRequest {
  readonly text: string;
  /** Absolute path of the file; absent for one that was never saved. */
  readonly modelPath?: string;
  /** Folders that data may be read from, beside the model file's own. */
  readonly allowedRoots: readonly string[];
  /** False in Restricted Mode: no data file is opened, and sizes that depend on it are assumed. */
  readonly readData: boolean;
}

/** A layer and its line, from 1. */
export interface LayerPlace {
  readonly path: string;
  readonly line: number;
}

export interface CheckedModel {
  readonly name: string;
  readonly diagnostics: readonly FileDiagnostic[];
  /** Whether anything can be drawn of it: the output of some layer is known. */
  readonly canBeDrawn: boolean;
  readonly layers: JsonText<readonly LayerPlace[]>;
  readonly topology: JsonText<Topology>;
}

/** What a run has left in its folder, thinned to what a chart can draw. */
export interface RunHistory {
  readonly batches: readonly ThinnedSteps[];
  readonly validations: readonly ValidationEvent[];
  /** Step of the newest intact checkpoint. */
  readonly checkpoint?: number;
  /** Place in the statistics file that was read up to. */
  readonly end: number;
}

/** A run that a process trains at the moment. */
export interface HeldRun {
  readonly directory: string;
  readonly writer: RunWriter;
}

/** What such a run has done since it was looked at last. */
export interface RunProgress {
  /** It went another way since: all of it is to be read again. */
  readonly isRewound: boolean;
  /** Undefined when nobody trains it any more. */
  readonly writer: RunWriter | undefined;
  /** The writer does not train it at the moment. */
  readonly isPaused: boolean;
  readonly steps: StepsEvent | undefined;
  readonly validations: readonly ValidationEvent[];
  /** Place in the statistics file that was read up to. */
  readonly end: number;
}

/** A run as its folder holds it, of whatever window or program it was. */
export interface StoredRun {
  readonly info: RunInfo;
  readonly modelText: string;
  readonly summary: RunSummary;
  readonly history: RunHistory;
}

/** What the extension asks of its worker thread. */
export interface LanguageMethods {
  check(request: CheckRequest): CheckedModel;
  /** The history of the run in `directory`; null when there is no run any more. */
  readHistory(directory: string): RunHistory | null;
  /** The runs of these folders, newest first in each. */
  listRuns(parents: readonly string[]): readonly (readonly RunSummary[])[];
  /** The run in `directory` of the model file `modelPath`; null when it cannot be read. */
  readRun(request: { readonly directory: string; readonly modelPath: string }): StoredRun | null;
  /** The newest run of the model file that some process trains; null when there is none. */
  findHeldRun(modelPath: string): HeldRun | null;
  /** What the run in `directory` has recorded since `position`; null when it cannot be read any more. */
  readProgress(request: {
    readonly directory: string;
    readonly position: number;
  }): RunProgress | null;
}
