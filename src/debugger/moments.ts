import type { Moment, Phase } from '../protocol/debug.ts';

/**
 * Where the debugger stands in a step: at a layer that has just run, or at a container that has just run as a whole. `index` is
 * the moment; `depth` the number of containers around the thing one stands at.
 */
export interface Position {
  readonly index: number;
  readonly depth: number;
  /** Inside of a layer: the instruction that has just run. */
  readonly instruction?: number;
}

/** A layer or container on the way from the model to a moment. */
export interface Place {
  readonly path: string;
  readonly type: string;
  readonly line: number;
}

/** How far a step goes: over what is inside of a block, into it, or to the block's end. */
export type Move = 'over' | 'into' | 'out';

/** Containers around a moment, outermost first, then the moment's own layer. */
export function lineage(moment: Moment): readonly Place[] {
  const { path, type, line, parents } = moment;
  return [...parents, { path, type, line }];
}

/** What one stands at: a container, or the layer of the moment itself. */
export function unitAt(moments: readonly Moment[], { index, depth }: Position): Place {
  const places = lineage(momentAt(moments, index));
  return places[Math.min(depth, places.length - 1)]!;
}

/** The layer of a moment as a position. */
export function leafAt(moments: readonly Moment[], index: number): Position {
  return { index, depth: momentAt(moments, index).parents.length };
}

/** Where one stands after a move, undefined when the step is over. The backward pass is walked in its own, reversed order. */
export function advance(
  moments: readonly Moment[],
  position: Position,
  move: Move,
): Position | undefined {
  if (move === 'out') return leave(moments, position);
  const index = position.index + 1;
  if (index >= moments.length) return undefined;
  if (move === 'into') return leafAt(moments, index);
  return unitFrom(moments, position, index, 1);
}

/** The inverse of stepping over; undefined at the first moment of the step. */
export function retreat(moments: readonly Moment[], position: Position): Position | undefined {
  const first = firstOf(moments, position);
  if (first === 0) return undefined;
  return unitFrom(moments, position, first - 1, -1);
}

/** First moment of what one stands at. */
function firstOf(moments: readonly Moment[], { index, depth }: Position): number {
  const moment = momentAt(moments, index);
  return depth < moment.parents.length ? edgeOf(moments, index, depth, -1) : index;
}

/** The biggest thing that holds the moment `index` and not the position one comes from, at its last moment. */
function unitFrom(
  moments: readonly Moment[],
  from: Position,
  index: number,
  direction: 1 | -1,
): Position {
  const depth = commonDepth(moments, from, index);
  const isContainer = depth < momentAt(moments, index).parents.length;
  if (!isContainer) return leafAt(moments, index);
  // Coming from behind, `index` is the last moment of the container already.
  return { index: direction === 1 ? edgeOf(moments, index, depth, 1) : index, depth };
}

/** Containers that the position and the moment `index` are both inside of. */
function commonDepth(moments: readonly Moment[], from: Position, index: number): number {
  const a = momentAt(moments, from.index);
  const b = momentAt(moments, index);
  if (a.phase !== b.phase) return 0;
  let depth = 0;
  const most = Math.min(from.depth, b.parents.length);
  while (depth < most && a.parents[depth]?.path === b.parents[depth]?.path) depth++;
  return depth;
}

/** To the end of the block; at the outermost level, to the first moment of the next phase. */
function leave(moments: readonly Moment[], position: Position): Position | undefined {
  if (position.depth > 0) {
    const depth = position.depth - 1;
    return { index: edgeOf(moments, position.index, depth, 1), depth };
  }
  const { phase } = momentAt(moments, position.index);
  const next = moments.findIndex(
    (moment, index) => index > position.index && moment.phase !== phase,
  );
  return next === -1 ? undefined : leafAt(moments, next);
}

/** The last (or first) moment in a row that is inside of the container at `depth`. */
function edgeOf(
  moments: readonly Moment[],
  index: number,
  depth: number,
  direction: 1 | -1,
): number {
  const { phase, parents } = momentAt(moments, index);
  const container = parents[depth]?.path;
  let edge = index;
  for (;;) {
    const beyond = moments[edge + direction];
    if (beyond?.phase !== phase || beyond.parents[depth]?.path !== container) return edge;
    edge += direction;
  }
}

/** The moment at which a layer ran in a phase; for a container, its last one. */
export function findMoment(
  moments: readonly Moment[],
  phase: Phase,
  path: string | undefined,
): Position | undefined {
  const ofPhase = moments.filter((moment) => moment.phase === phase);
  if (path === undefined) return ofPhase[0] && leafAt(moments, ofPhase[0].index);
  const own = ofPhase.find((moment) => moment.path === path || moment.parameter === path);
  if (own) return leafAt(moments, own.index);
  const inside = ofPhase.findLast(({ parents }) => parents.some((place) => place.path === path));
  if (inside === undefined) return undefined;
  return { index: inside.index, depth: inside.parents.findIndex((place) => place.path === path) };
}

function momentAt(moments: readonly Moment[], index: number): Moment {
  const moment = moments[index];
  if (moment === undefined) throw new RangeError(`there is no moment ${index}`);
  return moment;
}
