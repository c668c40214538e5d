import { forkPortY } from './elkBranch.ts';
import type { BranchLayout, Place, Point } from './layout.ts';
import type { Scene, SceneBranch, SceneEdge, SceneNode } from './scene.ts';

/** As elkjs has it. */
const gap = 20;
/** Distance between the stream and the middle of a branch beside it. */
const columnWidth = 148;

/** The branches of a scene, laid out at once and without the layout worker. */
export function simpleLayouts(scene: Scene): BranchLayout[] {
  return scene.pieces.filter((piece) => piece.kind === 'branch').map(simpleBranchLayout);
}

/** True for a residual whose branch is a chain and whose skip goes through nothing: there is only one way to lay that out. */
export function isPlain(branch: SceneBranch): boolean {
  const forks = branch.nodes.filter(({ kind }) => kind === 'fork');
  const skips = branch.edges.filter(({ kind }) => kind === 'skip');
  return forks.length === 1 && skips.length === 1;
}

/** Lays out a branch without the layout worker: nodes one below the other, each residual inside of another one column further. */
export function simpleBranchLayout(branch: SceneBranch): BranchLayout {
  const places = new Map<SceneNode, Place>();
  const onSkip = new Set(branch.edges.filter(({ kind }) => kind === 'skip').map(({ to }) => to));
  let column = 0;
  let y = 0;
  for (const node of branch.nodes) {
    if (node.kind === 'sum') column--;
    const isBeside = onSkip.has(node) && node.kind !== 'sum';
    places.set(node, { x: (isBeside ? column - 1 : column) * columnWidth - node.width / 2, y });
    if (node.kind === 'fork') column++;
    y += node.height + gap;
  }
  return {
    places: [...places.values()],
    routes: branch.edges.map((edge) => routeOf(edge, places)),
    height: y - gap,
  };
}

function routeOf(edge: SceneEdge, places: ReadonlyMap<SceneNode, Place>): Point[] {
  const from = boxOf(edge.from, places);
  const to = boxOf(edge.to, places);
  if (edge.kind === 'out') {
    const y = from.y + forkPortY;
    return [
      { x: from.x + from.width, y },
      { x: to.centre, y },
      { x: to.centre, y: to.y },
    ];
  }
  if (edge.kind === 'in') {
    const y = to.y + to.height / 2;
    const start = { x: from.centre, y: from.y + from.height };
    return [start, { x: from.centre, y }, { x: to.x + to.width, y }];
  }
  return [
    { x: from.centre, y: from.y + from.height },
    { x: to.centre, y: to.y },
  ];
}

function boxOf(node: SceneNode, places: ReadonlyMap<SceneNode, Place>) {
  const { x, y } = places.get(node) ?? { x: 0, y: 0 };
  return { x, y, width: node.width, height: node.height, centre: x + node.width / 2 };
}
