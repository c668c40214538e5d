import {
  array,
  boolean,
  exactOptional,
  maximum,
  minimum,
  number,
  object,
  record,
  string,
} from 'zod/mini';
import type { SavedViewState } from '../src/protocol/view.ts';

const savedState = object({
  modelUri: exactOptional(string()),
  selection: exactOptional(string()),
  also: exactOptional(array(string())),
  zoom: exactOptional(object({ x: number(), y: number(), k: number() })),
  collapsed: exactOptional(record(string(), boolean())),
  columns: exactOptional(number()),
  rows: exactOptional(number()),
  logarithmic: exactOptional(record(string(), boolean())),
  norm: exactOptional(string()),
  stepCount: exactOptional(number()),
  tableOpen: exactOptional(boolean()),
  heatColumn: exactOptional(string()),
  legendOpen: exactOptional(boolean()),
  recent: exactOptional(boolean()),
  playSpeed: exactOptional(number()),
  smoothing: exactOptional(number().check(minimum(0), maximum(0.99))),
});

/** What the panel remembers while it is hidden and across reloads. */
export interface PanelState extends SavedViewState {
  /** Layers that are selected together with `selection`. */
  readonly also?: readonly string[];
  /** Place and scale of the picture. */
  readonly zoom?: { readonly x: number; readonly y: number; readonly k: number };
  /** Groups and residuals that the user has collapsed (true) or expanded (false), by path. */
  readonly collapsed?: Readonly<Record<string, boolean>>;
  /** Share of the panel's width that the topology takes when charts are beside it, 0 to 1. */
  readonly columns?: number;
  /** Share of the panel's height that the topology takes when charts are below it, 0 to 1. */
  readonly rows?: number;
  /** Whether the value axis of a chart is logarithmic, by the chart's name. */
  readonly logarithmic?: Readonly<Record<string, boolean>>;
  /** Path of the norm that the large charts show. */
  readonly norm?: string;
  readonly stepCount?: number;
  readonly tableOpen?: boolean;
  /** Whether the legend of the residual stream is open. */
  readonly legendOpen?: boolean;
  /** Which statistic the map of layers and steps shows. */
  readonly heatColumn?: string;
  /** Whether charts over steps show the newest ones alone, the whole run as a ghost behind. */
  readonly recent?: boolean;
  /** How fast the steps are played, as a factor. */
  readonly playSpeed?: number;
  /** Weight of what was before in the curves of loss, accuracy and gradient norm, from 0 (none). */
  readonly smoothing?: number;
}

/** The state that was saved, or an empty one when it is not of this version's making. */
export function readSavedState(saved: unknown): PanelState {
  const parsed = savedState.safeParse(saved);
  return parsed.success ? parsed.data : {};
}
