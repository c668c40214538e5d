import { childrenOf, type Topology, type TopologyItem } from '../../src/topology/topology.ts';

/** Nodes up to which a model is shown fully open. */
const openUpTo = 40;
/** Nodes up to which residuals are open. */
const residualsUpTo = 400;

/** Nodes that are seen when every group inside of `depth` groups is collapsed. */
function countSeen(items: readonly TopologyItem[], depth: number): number {
  let count = 0;
  for (const item of items) {
    if (item.kind === 'layer' || (item.kind === 'group' && depth === 0)) count++;
    else count += countSeen(childrenOf(item), item.kind === 'group' ? depth - 1 : depth);
  }
  return count;
}

function collectAt(items: readonly TopologyItem[], depth: number, found: Set<string>): void {
  for (const item of items) {
    const isGroup = item.kind === 'group';
    if (isGroup && depth === 0) found.add(item.path);
    collectAt(childrenOf(item), isGroup ? Math.max(0, depth - 1) : depth, found);
  }
}

function depthOf(items: readonly TopologyItem[]): number {
  return items.reduce((deepest, item) => {
    const inner = depthOf(childrenOf(item)) + (item.kind === 'group' ? 1 : 0);
    return Math.max(deepest, inner);
  }, 0);
}

function collectResiduals(items: readonly TopologyItem[], found: Set<string>): void {
  for (const item of items) {
    if (item.kind === 'residual') found.add(item.path);
    collectResiduals(childrenOf(item), found);
  }
}

/**
 * Paths of what starts collapsed: nothing in a small model; else the groups at the deepest level of groups at which the model
 * is small enough, and at least the outermost ones, with all that are inside of them. Where that leaves hundreds of nodes, the
 * residuals too.
 */
export function collapsedAtFirst({ items }: Topology): ReadonlySet<string> {
  const found = new Set<string>();
  const deepest = depthOf(items);
  if (countSeen(items, deepest) <= openUpTo) return found;
  let depth = Math.max(0, deepest - 1);
  while (depth > 0 && countSeen(items, depth) > openUpTo) depth--;
  collectAt(items, depth, found);
  if (countSeen(items, depth) > residualsUpTo) collectResiduals(items, found);
  return found;
}
