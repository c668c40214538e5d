import type { Graph, Node, Value } from '../graph/types.ts';

/**
 * The graph with its nodes in the order in which its outputs need them: what the first output needs comes first, of a node what
 * its first input needs, and each stands right before the first one that reads it. Put the outputs in the order in which they shall be made; then little
 * is alive at a time, and what a node reads has only just been written and is still in the processor's cache.
 *
 * Nodes that no output needs are dropped.
 */
export function schedule(graph: Graph): Graph {
  const makers = new Map<Value, Node>();
  for (const node of graph.nodes) for (const output of node.outputs) makers.set(output, node);
  const makersOf = (values: readonly Value[]): readonly Node[] =>
    values.flatMap((value) => makers.get(value) ?? []);

  const nodes = new Set<Node>();
  const entered = new Set<Node>();
  // A stack of our own: the depth is that of the network.
  const waiting = makersOf(graph.outputs.map(({ value }) => value)).toReversed();
  while (waiting.length > 0) {
    const node = waiting[waiting.length - 1]!;
    if (entered.has(node)) {
      nodes.add(node);
      waiting.pop();
    } else {
      entered.add(node);
      waiting.push(...makersOf(node.inputs).toReversed());
    }
  }
  return { ...graph, nodes: [...nodes] };
}
