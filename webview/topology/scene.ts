import {
  childrenOf,
  type Topology,
  type TopologyGroup,
  type TopologyItem,
  type TopologyLayer,
  type TopologyResidual,
} from '../../src/topology/topology.ts';

/** What a node of the picture stands for. `fork` and `sum` are the ends of an open residual, `open` and `close` of a frame. */
export type NodeKind = 'layer' | 'norm' | 'group' | 'residual' | 'fork' | 'sum' | 'open' | 'close';

export interface SceneNode {
  /** Unique in the picture. */
  readonly id: string;
  readonly kind: NodeKind;
  readonly item: TopologyItem;
  readonly width: number;
  readonly height: number;
  /** How deep in the tree of groups and residuals, from 1. */
  readonly level: number;
  /** Path of the group or residual around it. */
  readonly parent: string | undefined;
  /** True for a collapsed stack of residuals, which shows the stream through it. */
  readonly hasStrip: boolean;
  /** True for the one node by which the keyboard reaches the item. */
  readonly stop: boolean;
}

/** A line between two nodes. `skip` lies on the straight way from fork to sum; `out` leaves the fork, `in` enters the sum sideways. */
export interface SceneEdge {
  readonly from: SceneNode;
  readonly to: SceneNode;
  readonly kind: 'stream' | 'skip' | 'out' | 'in';
}

/** A residual with all that lies inside of it: laid out as one. */
export interface SceneBranch {
  readonly kind: 'branch';
  readonly nodes: readonly SceneNode[];
  readonly edges: readonly SceneEdge[];
}

/** What lies on the stream, from the input to the output. */
export type ScenePiece = { readonly kind: 'node'; readonly node: SceneNode } | SceneBranch;

/** A labelled box around everything from its `open` to its `close` node. */
export interface SceneFrame {
  readonly open: SceneNode;
  readonly close: SceneNode;
  /** Everything inside, `open` and `close` among it. */
  readonly nodes: readonly SceneNode[];
}

export interface Scene {
  readonly pieces: readonly ScenePiece[];
  /** Every node in the order of computation. */
  readonly nodes: readonly SceneNode[];
  readonly frames: readonly SceneFrame[];
  /** Connections between nodes that are not neighbours. */
  readonly links: readonly { readonly from: SceneNode; readonly to: SceneNode }[];
}

const sizes: Readonly<Record<NodeKind, readonly [width: number, height: number]>> = {
  layer: [240, 44],
  norm: [240, 76],
  group: [240, 44],
  residual: [240, 44],
  fork: [8, 28],
  sum: [20, 20],
  open: [2, 24],
  close: [2, 4],
};

/** What a collapsed node is higher by when it holds norms, whose numbers it shows, or residuals, whose stream it shows. */
const normRow = 20;
const stripRow = 16;

/** Builds the picture of a topology; `isCollapsed` says which groups and residuals are one node. */
export function buildScene(topology: Topology, isCollapsed: (path: string) => boolean): Scene {
  const builder = new SceneBuilder(isCollapsed);
  const pieces = builder.stream(topology.items, undefined, 1);
  const nodeOf = (path: string) => builder.nodeOf(path);
  const links = topology.links.flatMap(({ from, to }) => {
    const [source, target] = [nodeOf(from), nodeOf(to)];
    return source && target && source !== target ? [{ from: source, to: target }] : [];
  });
  return { pieces, nodes: builder.nodes, frames: builder.frames, links };
}

/** Every item of a topology with those around it, outermost first, in the order of computation. */
export function* walk(
  items: readonly TopologyItem[],
  around: readonly TopologyItem[] = [],
): Generator<{ readonly item: TopologyItem; readonly around: readonly TopologyItem[] }> {
  for (const item of items) {
    yield { item, around };
    yield* walk(childrenOf(item), [...around, item]);
  }
}

function holdsNorm(item: TopologyItem): boolean {
  return childrenOf(item).some((inner) =>
    inner.kind === 'layer' ? inner.role === 'norm' : holdsNorm(inner),
  );
}

function holdsResidual(item: TopologyItem): boolean {
  return childrenOf(item).some((inner) => inner.kind === 'residual' || holdsResidual(inner));
}

/** Paths of the norms inside of an item, in the order of computation. */
export function normsIn(item: TopologyItem): string[] {
  const norms: string[] = [];
  for (const { item: inner } of walk(childrenOf(item))) {
    if (inner.kind === 'layer' && inner.role === 'norm') norms.push(inner.path);
  }
  return norms;
}

class SceneBuilder {
  readonly nodes: SceneNode[] = [];
  readonly frames: SceneFrame[] = [];
  private readonly isCollapsed: (path: string) => boolean;
  /** The node that shows the output of an item, or of a collapsed item around it. */
  private readonly outputs = new Map<string, SceneNode>();

  constructor(isCollapsed: (path: string) => boolean) {
    this.isCollapsed = isCollapsed;
  }

  nodeOf(path: string): SceneNode | undefined {
    return this.outputs.get(path);
  }

  /** Pieces for items on the stream itself. */
  stream(items: readonly TopologyItem[], parent: string | undefined, level: number): ScenePiece[] {
    return items.flatMap((item): ScenePiece[] => {
      if (item.kind === 'layer') return [piece(this.layer(item, parent, level))];
      if (this.isCollapsed(item.path)) return [piece(this.collapsed(item, parent, level))];
      if (item.kind === 'residual' && item.shortcut !== 'none') {
        const nodes: SceneNode[] = [];
        const edges: SceneEdge[] = [];
        const start = this.nodes.length;
        const ends = this.residual(item, parent, level, edges);
        nodes.push(...this.nodes.slice(start));
        const after = this.stream(item.after, item.path, level + 1);
        this.outputs.set(item.path, lastOf(after) ?? ends.last);
        return [{ kind: 'branch', nodes, edges }, ...after];
      }
      const frame = this.openFrame(item, parent, level);
      const inside = this.stream(childrenOf(item), item.path, level + 1);
      const close = this.closeFrame(frame);
      this.outputs.set(item.path, lastOf(inside) ?? close);
      return [piece(frame.open), ...inside, piece(close)];
    });
  }

  /** A residual whose nodes are laid out together; its `after` is left to the caller. */
  private residual(
    item: TopologyResidual,
    parent: string | undefined,
    level: number,
    edges: SceneEdge[],
  ): { readonly first: SceneNode; readonly last: SceneNode } {
    const fork = this.add('fork', item, parent, level, true);
    const inside = this.chain(item.branch, item.path, level + 1, edges);
    const skip = this.chain(item.skip, item.path, level + 1, edges, 'skip');
    const sum = this.add('sum', item, parent, level, false);
    edges.push({ from: fork, to: skip?.first ?? sum, kind: 'skip' });
    if (skip) edges.push({ from: skip.last, to: sum, kind: 'skip' });
    if (inside) {
      edges.push({ from: fork, to: inside.first, kind: 'out' });
      edges.push({ from: inside.last, to: sum, kind: 'in' });
    }
    return { first: fork, last: sum };
  }

  /** Items one below the other inside of a branch, or on its skip. */
  private chain(
    items: readonly TopologyItem[],
    parent: string | undefined,
    level: number,
    edges: SceneEdge[],
    kind: 'stream' | 'skip' = 'stream',
  ): { readonly first: SceneNode; readonly last: SceneNode } | undefined {
    let first: SceneNode | undefined;
    let last: SceneNode | undefined;
    for (const item of items) {
      const ends = this.link(item, parent, level, edges);
      if (last) edges.push({ from: last, to: ends.first, kind });
      first ??= ends.first;
      last = ends.last;
      this.outputs.set(item.path, ends.last);
    }
    return first && last ? { first, last } : undefined;
  }

  private link(
    item: TopologyItem,
    parent: string | undefined,
    level: number,
    edges: SceneEdge[],
  ): { readonly first: SceneNode; readonly last: SceneNode } {
    if (item.kind === 'layer') {
      const node = this.layer(item, parent, level);
      return { first: node, last: node };
    }
    if (this.isCollapsed(item.path)) {
      const node = this.collapsed(item, parent, level);
      return { first: node, last: node };
    }
    if (item.kind === 'residual' && item.shortcut !== 'none') {
      const ends = this.residual(item, parent, level, edges);
      const after = this.chain(item.after, item.path, level + 1, edges);
      if (!after) return ends;
      edges.push({ from: ends.last, to: after.first, kind: 'stream' });
      return { first: ends.first, last: after.last };
    }
    const frame = this.openFrame(item, parent, level);
    const inside = this.chain(childrenOf(item), item.path, level + 1, edges);
    const close = this.closeFrame(frame);
    edges.push({ from: frame.open, to: inside?.first ?? close, kind: 'stream' });
    if (inside) edges.push({ from: inside.last, to: close, kind: 'stream' });
    return { first: frame.open, last: close };
  }

  private layer(item: TopologyLayer, parent: string | undefined, level: number): SceneNode {
    const node = this.add(item.role === 'norm' ? 'norm' : 'layer', item, parent, level, true);
    this.outputs.set(item.path, node);
    return node;
  }

  private collapsed(
    item: TopologyResidual | TopologyGroup,
    parent: string | undefined,
    level: number,
  ): SceneNode {
    const node = this.add(item.kind, item, parent, level, true);
    this.outputs.set(item.path, node);
    for (const { item: hidden } of walk(childrenOf(item))) this.outputs.set(hidden.path, node);
    return node;
  }

  private openFrame(item: TopologyItem, parent: string | undefined, level: number) {
    const start = this.nodes.length;
    return { open: this.add('open', item, parent, level, true), start };
  }

  private closeFrame(frame: { readonly open: SceneNode; readonly start: number }): SceneNode {
    const { open, start } = frame;
    const close = this.add('close', open.item, open.parent, open.level, false);
    this.frames.push({ open, close, nodes: this.nodes.slice(start) });
    return close;
  }

  private add(
    kind: NodeKind,
    item: TopologyItem,
    parent: string | undefined,
    level: number,
    stop: boolean,
  ): SceneNode {
    const [width, plain] = sizes[kind];
    const isCollapsed = kind === 'group' || kind === 'residual';
    const hasStrip = kind === 'group' && holdsResidual(item);
    const rows = isCollapsed && holdsNorm(item) ? normRow : 0;
    const height = plain + rows + (hasStrip ? stripRow : 0);
    const id = `${kind} ${item.path}`;
    const node: SceneNode = { id, kind, item, width, height, level, parent, hasStrip, stop };
    this.nodes.push(node);
    return node;
  }
}

function piece(node: SceneNode): ScenePiece {
  return { kind: 'node', node };
}

function lastOf(pieces: readonly ScenePiece[]): SceneNode | undefined {
  const last = pieces.at(-1);
  return last?.kind === 'node' ? last.node : last?.nodes.at(-1);
}
