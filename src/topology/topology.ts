/**
 * The residual topology of a model, free of layout: a tree of groups and blocks along the residual stream. A view decides what
 * is collapsed and where things lie.
 */
export interface Topology {
  readonly name: string;
  readonly items: readonly TopologyItem[];
  /** Connections that are not between neighbours: `from: path`, Add, Concat of named values. */
  readonly links: readonly TopologyLink[];
}

/** One thing on the stream, in the order of computation. */
export type TopologyItem = TopologyLayer | TopologyResidual | TopologyGroup;

interface TopologyPlace {
  /** Stable path, e.g. `blocks.3.attention`. */
  readonly path: string;
  /** Line in the model file, from 1. */
  readonly line: number;
  /** Shape of the value that leaves this item, without the batch axis; undefined while unknown (half-written file). */
  readonly outputShape?: readonly number[];
  /** Shape of the value that enters, where it is known and not that of the output. */
  readonly inputShape?: readonly number[];
  /** Trained elements of this item, its children among them. */
  readonly parameters: number;
  /** What is wrong with it, in a half-written file: the message of its first error. */
  readonly problem?: string;
}

/** A single layer. */
export interface TopologyLayer extends TopologyPlace {
  readonly kind: 'layer';
  /** Layer type in the model file, e.g. `Linear`. */
  readonly type: string;
  /** A norm shows its statistics before and after. */
  readonly role: 'norm' | 'layer' | 'loss' | 'input';
}

/** out = skip + branch; `before` and `after` are the norms that placement puts around branch and sum. */
export interface TopologyResidual extends TopologyPlace {
  readonly kind: 'residual';
  readonly placement: 'pre' | 'post' | 'peri' | 'none';
  readonly shortcut: 'identity' | 'projection' | 'none';
  /** What the skip goes through on its way to the sum: of a projection, its layer and the norm after it. */
  readonly skip: readonly TopologyItem[];
  /** The whole branch in order, its norms among them (pre, peri). */
  readonly branch: readonly TopologyItem[];
  /** What follows the sum inside this residual (the norm of post placement). */
  readonly after: readonly TopologyItem[];
}

/** A named container: an iteration of Repeat (`blocks.3`), a use of a define, or a whole Repeat (`blocks`). */
export interface TopologyGroup extends TopologyPlace {
  readonly kind: 'group';
  readonly label: string;
  /** Of a Repeat: how often, each time one of `items`. */
  readonly times?: number;
  readonly items: readonly TopologyItem[];
}

export interface TopologyLink {
  readonly from: string;
  readonly to: string;
}

/** The items inside of an item, in the order in which they are drawn: a residual's branch, its skip, what follows the sum. */
export function childrenOf(item: TopologyItem): readonly TopologyItem[] {
  if (item.kind === 'group') return item.items;
  return item.kind === 'residual' ? [...item.branch, ...item.skip, ...item.after] : [];
}
