import type { Graph, Port, Value } from '../graph/types.ts';
import { prune } from './prune.ts';

/**
 * The part of a graph that computes `outputs` from `known` values, which are inputs of it under their names; only those that it
 * reads are there. A value is not known to itself: what is both is computed.
 */
export function cut(graph: Graph, known: readonly Port[], outputs: readonly Port[]): Graph {
  const ids = [...graph.inputs, ...known].map(({ value }) => value.id);
  let id = graph.nodes.reduce(
    (most, node) => node.outputs.reduce((a, value) => Math.max(a, value.id), most),
    Math.max(0, ...ids, ...graph.constants.map(({ value }) => value.id)),
  );
  // Values of their own: a node that is there for another output still makes what is known of it.
  const given = new Map<Value, Port>();
  for (const { name, value } of known) given.set(value, { name, value: { ...value, id: ++id } });
  const nodes = graph.nodes.map((node) =>
    node.inputs.some((input) => given.has(input))
      ? { ...node, inputs: node.inputs.map((input) => given.get(input)?.value ?? input) }
      : node,
  );
  const pruned = prune({ ...graph, nodes, outputs });
  const read = new Set(pruned.nodes.flatMap(({ inputs }) => inputs));
  const extra = [...given.values()].filter(({ value }) => read.has(value));
  return { ...pruned, inputs: [...graph.inputs, ...extra] };
}
