import { branchRatio, type StreamPoint } from '../../src/statistics/stream.ts';
import {
  childrenOf,
  type TopologyItem,
  type TopologyResidual,
} from '../../src/topology/topology.ts';
import type { PanelRun } from '../store.ts';
import { forkPortY } from './elkBranch.ts';
import type { Place } from './layout.ts';
import { walk, type Scene, type SceneNode } from './scene.ts';

/** What was measured of a model's residuals, by path. */
export type StreamPoints = ReadonlyMap<string, StreamPoint>;

/** What a run has told of its residual stream; empty before it was measured. */
export function pointsOf(run: PanelRun | null): StreamPoints {
  return new Map(run?.stream?.points.map((point) => [point.path, point]));
}

/** A stretch of the rail along which neither the stream nor what was added to it last changes. */
export interface RailStretch {
  readonly top: number;
  readonly bottom: number;
  /** Root mean square of the stream there; undefined where nothing was measured. */
  readonly rms: number | undefined;
  /** Branch/skip ratio of the residual that the stretch runs along, or comes from. */
  readonly ratio: number | undefined;
}

/** Ratios at which the colour changes: from a branch that adds next to nothing to one that outweighs its skip. */
export const ratioSteps: readonly number[] = [0.01, 0.05, 0.2, 1];

/** The colour of a ratio, from 0 to 4; undefined where there is none. */
export function levelOf(ratio: number | undefined): number | undefined {
  if (ratio === undefined || Number.isNaN(ratio)) return undefined;
  return ratioSteps.filter((step) => ratio >= step).length;
}

/** Width of a stream that nothing is known of. */
const plainWidth = 3;
const widths = { least: 2, atOne: 7, perDecade: 4.5, most: 18 } as const;

/** Width of the rail, in pixels at actual size: 7 for an RMS of 1, and 4.5 more for each factor of ten. */
export function railWidth(rms: number | undefined): number {
  if (rms === undefined || Number.isNaN(rms)) return plainWidth;
  const width = widths.atOne + widths.perDecade * Math.log10(rms);
  return Math.min(widths.most, Math.max(widths.least, width));
}

/** The residuals inside of an item, itself included, of which something was measured; in the order of computation. */
export function pointsIn(item: TopologyItem, points: StreamPoints): StreamPoint[] {
  return [item, ...Array.from(walk(childrenOf(item)), (inner) => inner.item)].flatMap(
    ({ path }) => points.get(path) ?? [],
  );
}

interface Mark {
  readonly y: number;
  /** The stream from here on, NaN where nothing is known of it; absent: as before. */
  readonly rms?: number;
  readonly ratio?: number;
}

/** A skip by identity, unscaled as far as anybody knows: what it carries is what flowed before it, too. */
function carries({ shortcut, skip }: TopologyResidual): boolean {
  return shortcut === 'identity' && skip.length === 0;
}

/**
 * The stretches of the stream from its first node to its last. Between a residual's fork and its sum, the stream is the skip; behind the
 * sum it is that, until a layer that lies on the stream makes something else of it.
 */
export function railOf(
  scene: Scene,
  places: ReadonlyMap<SceneNode, Place>,
  points: StreamPoints,
): RailStretch[] {
  const marks: Mark[] = [];
  const top = (node: SceneNode) => places.get(node)?.y ?? 0;
  const bottom = (node: SceneNode) => top(node) + node.height;
  /** Where the last layer on the stream ended, of whose output nothing is known yet. */
  let unknownFrom: number | undefined;
  /** The stream at a place where it was measured; so it was since the last layer on it. */
  const meet = (y: number, point: StreamPoint | undefined, item: TopologyItem) => {
    if (!point) return;
    const isOpen = item.kind === 'residual' && carries(item);
    if (unknownFrom !== undefined && isOpen) marks.push({ y: unknownFrom, rms: point.skip.rms });
    marks.push({ y, rms: point.skip.rms, ratio: branchRatio(point) });
    unknownFrom = undefined;
  };
  for (const piece of scene.pieces) {
    if (piece.kind === 'branch') {
      const [fork] = piece.nodes;
      const sum = piece.nodes.at(-1);
      if (!fork || !sum) continue;
      const point = points.get(fork.item.path);
      meet(top(fork) + forkPortY, point, fork.item);
      marks.push({ y: top(sum) + sum.height / 2, rms: point?.sum.rms ?? NaN });
      continue;
    }
    const { node } = piece;
    if (node.kind === 'open' || node.kind === 'close') continue;
    const inside = node.kind === 'layer' || node.kind === 'norm' ? [] : pointsIn(node.item, points);
    const [first] = inside;
    const last = inside.at(-1);
    if (first && last && unknownFrom !== undefined) {
      marks.push({ y: unknownFrom, rms: first.skip.rms });
    }
    unknownFrom = last ? undefined : bottom(node);
    marks.push({
      y: bottom(node),
      rms: last?.sum.rms ?? NaN,
      ratio: last ? branchRatio(last) : NaN,
    });
  }
  return stretches(scene, top, bottom, marks);
}

function stretches(
  { nodes }: Scene,
  top: (node: SceneNode) => number,
  bottom: (node: SceneNode) => number,
  marks: readonly Mark[],
): RailStretch[] {
  const [first] = nodes;
  const last = nodes.at(-1);
  if (!first || !last || first === last) return [];
  const end = bottom(last) - last.height / 2;
  const found: RailStretch[] = [];
  let at: RailStretch = {
    top: top(first) + first.height / 2,
    bottom: end,
    rms: undefined,
    ratio: undefined,
  };
  for (const mark of marks) {
    const rms = 'rms' in mark ? known(mark.rms) : at.rms;
    const ratio = 'ratio' in mark ? known(mark.ratio) : at.ratio;
    const isOther = rms !== at.rms || ratio !== at.ratio;
    if (!isOther || mark.y >= end) continue;
    if (mark.y > at.top) found.push({ ...at, bottom: mark.y });
    at = { top: Math.max(at.top, mark.y), bottom: end, rms, ratio };
  }
  return [...found, at];
}

function known(value: number | undefined): number | undefined {
  return value === undefined || Number.isNaN(value) ? undefined : value;
}
