import type { Graph, Value } from '../graph/types.ts';

/**
 * The graph without the nodes and constants that no output depends on. Inputs stay: they are the program's interface.
 */
export function prune(graph: Graph): Graph {
  const used = new Set<Value>(graph.outputs.map((output) => output.value));
  const nodes = graph.nodes
    .toReversed()
    .filter((node) => {
      const kept = node.outputs.some((output) => used.has(output));
      if (kept) for (const input of node.inputs) used.add(input);
      return kept;
    })
    .reverse();
  const constants = graph.constants.filter((constant) => used.has(constant.value));
  return { ...graph, nodes, constants };
}
