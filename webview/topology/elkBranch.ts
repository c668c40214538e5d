import type { ElkExtendedEdge, ElkNode, ElkPort, LayoutOptions } from 'elkjs/lib/elk-api.js';
import type { BranchLayout, Place, Point } from './layout.ts';
import type { SceneBranch, SceneEdge, SceneNode } from './scene.ts';

/** Where a branch leaves its fork: below the label. */
export const forkPortY = 22;

const options: LayoutOptions = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.padding': '[top=0,left=0,bottom=0,right=0]',
  'elk.randomSeed': '1',
  // Chains need no balancing, and their layers follow from their order alone.
  'elk.layered.layering.strategy': 'LONGEST_PATH_SOURCE',
  'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.layered.spacing.nodeNodeBetweenLayers': '20',
  'elk.layered.spacing.edgeNodeBetweenLayers': '8',
  'elk.spacing.edgeNode': '24',
  'elk.spacing.nodeNode': '24',
};

type Side = 'NORTH' | 'SOUTH' | 'EAST';

function port(node: string, side: Side, x: number, y: number): ElkPort {
  return {
    id: `${node}${side}`,
    x,
    y,
    width: 0,
    height: 0,
    layoutOptions: { 'elk.port.side': side },
  };
}

function elkNode(node: SceneNode, index: number): ElkNode {
  const id = `n${index}`;
  const { width, height } = node;
  const ports = [port(id, 'NORTH', width / 2, 0), port(id, 'SOUTH', width / 2, height)];
  if (node.kind === 'fork') ports.push(port(id, 'EAST', width, forkPortY));
  if (node.kind === 'sum') ports.push(port(id, 'EAST', width, height / 2));
  return { id, width, height, ports, layoutOptions: { 'elk.portConstraints': 'FIXED_POS' } };
}

function elkEdge(edge: SceneEdge, index: number, ids: ReadonlyMap<SceneNode, string>) {
  const source = `${ids.get(edge.from) ?? ''}${edge.kind === 'out' ? 'EAST' : 'SOUTH'}`;
  const target = `${ids.get(edge.to) ?? ''}${edge.kind === 'in' ? 'EAST' : 'NORTH'}`;
  const straight = edge.kind === 'skip' ? '100' : '10';
  return {
    id: `e${index}`,
    sources: [source],
    targets: [target],
    layoutOptions: { 'elk.layered.priority.straightness': straight },
  } satisfies ElkExtendedEdge;
}

/** The layered graph of a branch, for `layout` of elkjs. */
export function elkGraph(branch: SceneBranch): ElkNode {
  const ids = new Map(branch.nodes.map((node, i) => [node, `n${i}`]));
  return {
    id: 'branch',
    layoutOptions: options,
    children: branch.nodes.map(elkNode),
    edges: branch.edges.map((edge, i) => elkEdge(edge, i, ids)),
  };
}

function routeOf(edge: ElkExtendedEdge | undefined, shift: number): Point[] {
  const section = edge?.sections?.[0];
  if (!section) return [];
  const points = [section.startPoint, ...(section.bendPoints ?? []), section.endPoint];
  return points.map(({ x, y }) => ({ x: x - shift, y }));
}

/** Reads what elkjs made of `elkGraph(branch)`, moved so that the stream is at x = 0. */
export function branchLayoutOf(branch: SceneBranch, laidOut: ElkNode): BranchLayout {
  const children = laidOut.children ?? [];
  const fork = children[0];
  const shift = (fork?.x ?? 0) + (fork?.width ?? 0) / 2;
  const places = children.map(({ x = 0, y = 0 }): Place => ({ x: x - shift, y }));
  const routes = branch.edges.map((_, i) => routeOf(laidOut.edges?.[i], shift));
  return { places, routes, height: laidOut.height ?? 0 };
}
