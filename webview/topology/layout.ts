import { curvesOf, type LinkCurve } from './links.ts';
import type { Scene, SceneBranch, SceneNode, ScenePiece } from './scene.ts';
import { itemOf, shapeText, stagesOf, type ShapeLabel, type Stage } from './shapes.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where a node lies: its upper left corner. The stream is at x = 0. */
export type Place = Point;

/** A branch by itself: places by node index, corner points by edge index, with fork and sum centred on x = 0. */
export interface BranchLayout {
  readonly places: readonly Place[];
  readonly routes: readonly (readonly Point[])[];
  readonly height: number;
}

export interface Route {
  readonly from: SceneNode;
  readonly to: SceneNode;
  readonly kind: 'stream' | 'skip' | 'out' | 'in';
  readonly points: readonly Point[];
}

export interface FrameBox {
  readonly open: SceneNode;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  readonly places: ReadonlyMap<SceneNode, Place>;
  /** Lines of the branches; the stream itself is one straight line from `top` to `bottom`. */
  readonly routes: readonly Route[];
  /** Outer frames before inner ones. */
  readonly frames: readonly FrameBox[];
  readonly links: readonly LinkCurve[];
  readonly labels: readonly ShapeLabel[];
  /** They stand at the left edge. */
  readonly stages: readonly Stage[];
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Free space between neighbours on the stream; less where a frame begins or ends. */
const gap = 16;
const gapInFrame = 8;
/** Room for a shape beside the stream. */
const gapWithShape = 24;
/** From a line to the shape that is written beside it. */
const besideLine = 10;
/** What stages take at the left edge. */
const stageMargin = 28;
const framePadding = 12;
/** Room that the heading of a frame takes to the right of the stream. */
const frameHeading = 236;

/**
 * Puts the pieces one below the other on the stream. Branches come laid out; since each has the stream at x = 0, the stream is one
 * straight line whatever the model.
 */
export function stackPieces(scene: Scene, branches: readonly BranchLayout[]): Layout {
  const places = new Map<SceneNode, Place>();
  const routes: Route[] = [];
  const labels: ShapeLabel[] = [];
  const extents: { top: number; bottom: number }[] = [];
  let y = 0;
  let branchIndex = 0;
  let before: ScenePiece | undefined;
  for (const piece of scene.pieces) {
    if (before) {
      const text = textAfter(before);
      const gap = gapBetween(before, piece, text);
      if (text !== '') labels.push({ x: besideLine, y: y + gap / 2, text });
      y += gap;
    }
    before = piece;
    const extent = { top: y, bottom: y };
    extents.push(extent);
    if (piece.kind === 'node') {
      const { node } = piece;
      places.set(node, { x: -node.width / 2, y });
      y += node.height;
      extent.bottom = y;
      continue;
    }
    const layout = branches[branchIndex++];
    if (!layout) continue;
    for (const [i, node] of piece.nodes.entries()) {
      const place = layout.places[i];
      if (place) places.set(node, { x: place.x, y: place.y + y });
    }
    for (const [i, edge] of piece.edges.entries()) {
      const points = (layout.routes[i] ?? []).map((point) => ({ x: point.x, y: point.y + y }));
      routes.push({ ...edge, points });
      const [start] = points;
      const text = textBehind(edge.from);
      if (start && text !== '') labels.push({ x: start.x + besideLine, y: start.y + 10, text });
    }
    y += layout.height;
    extent.bottom = y;
  }
  const frames = frameBoxes(scene, places);
  const links = curvesOf(scene, places);
  const boxes = [
    ...frames,
    ...links,
    ...scene.nodes.map((node) => ({ ...(places.get(node) ?? { x: 0, y: 0 }), width: node.width })),
  ];
  const stages = stagesOf(scene.pieces, extents);
  const left = boxes.reduce((least, box) => Math.min(least, box.x), 0);
  return {
    places,
    routes,
    frames,
    links,
    labels,
    stages,
    left: stages.length > 0 ? left - stageMargin : left,
    right: boxes.reduce((most, box) => Math.max(most, box.x + box.width), 0),
    top: 0,
    bottom: y,
  };
}

function isFrameEnd(piece: ScenePiece, kind: 'open' | 'close'): boolean {
  return piece.kind === 'node' && piece.node.kind === kind;
}

function textAfter(piece: ScenePiece): string {
  const item = itemOf(piece);
  return item ? shapeText(item) : '';
}

function textBehind(node: SceneNode): string {
  // The value that leaves a nested residual leaves at its sum, that of a frame inside of it.
  const isInside = node.kind === 'open' || node.kind === 'close' || node.kind === 'fork';
  return isInside ? '' : shapeText(node.item);
}

function gapBetween(before: ScenePiece, after: ScenePiece, shape: string): number {
  if (shape !== '') return gapWithShape;
  return isFrameEnd(before, 'open') || isFrameEnd(after, 'close') ? gapInFrame : gap;
}

/** The boxes of frames, inner ones first measured so that outer ones hold them. */
function frameBoxes(scene: Scene, places: ReadonlyMap<SceneNode, Place>): FrameBox[] {
  const boxes = new Map<SceneNode, FrameBox>();
  // A frame is closed after all frames inside of it, and so comes after them in the list.
  for (const frame of scene.frames) {
    let left = Infinity;
    let right = (places.get(frame.open)?.x ?? 0) + frameHeading;
    for (const node of frame.nodes) {
      const inner = node === frame.open ? undefined : boxes.get(node);
      const place = places.get(node);
      if (!place) continue;
      left = Math.min(left, inner?.x ?? place.x);
      right = Math.max(right, inner ? inner.x + inner.width : place.x + node.width);
    }
    const top = places.get(frame.open)?.y ?? 0;
    const bottom = (places.get(frame.close)?.y ?? 0) + frame.close.height;
    const x = left - framePadding;
    boxes.set(frame.open, {
      open: frame.open,
      x,
      y: top,
      width: right + framePadding - x,
      height: bottom - top,
    });
  }
  return [...boxes.values()].reverse();
}

/** Branches of the same build have the same signature and look alike, however many there are. */
export function signatureOf(branch: SceneBranch): string {
  const index = new Map(branch.nodes.map((node, i) => [node, i]));
  const nodes = branch.nodes.map((node) => `${node.kind}${node.width}x${node.height}`);
  const edges = branch.edges.map(
    ({ from, to, kind }) => `${index.get(from) ?? ''}${kind}${index.get(to) ?? ''}`,
  );
  return `${nodes.join()};${edges.join()}`;
}
