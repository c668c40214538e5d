import { textAttribute } from '../ops/attributes.ts';
import type { Graph, Node, Value } from '../graph/types.ts';

/**
 * Exact GELU and its gradient both need Φ(x), half of either's time. Where a graph holds Gelu(x) and, in the backward pass,
 * Φ(x) = HardSigmoid(Erf(x·√½)), Φ is computed once, in the forward pass, and Gelu becomes x·Φ(x).
 */
export function shareGelu(graph: Graph): Graph {
  const consumers = consumersOf(graph);
  const replacements = new Map<Node, readonly Node[]>();
  const moved = new Set<Node>();
  for (const node of graph.nodes) {
    if (node.op !== 'Gelu' || textAttribute(node.attributes, 'approximate', 'none') !== 'none') {
      continue;
    }
    const [x] = node.inputs;
    const chain = x === undefined ? undefined : normalCdfOf(x, consumers, moved);
    if (x === undefined || chain === undefined) continue;
    for (const link of chain) moved.add(link);
    const [, , last] = chain;
    const cdf = last.outputs[0];
    if (cdf === undefined) continue;
    const early = chain.map((link) => ({ ...link, origin: node.origin }));
    const y: Node = { ...node, op: 'Mul', inputs: [x, cdf], attributes: {} };
    replacements.set(node, [...early, y]);
  }
  const nodes = graph.nodes.flatMap((node) =>
    moved.has(node) ? [] : (replacements.get(node) ?? [node]),
  );
  return { ...graph, nodes };
}

function consumersOf(graph: Graph): ReadonlyMap<Value, readonly Node[]> {
  const consumers = new Map<Value, Node[]>();
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      const held = consumers.get(input);
      if (held === undefined) consumers.set(input, [node]);
      else held.push(node);
    }
  }
  return consumers;
}

/** The chain Mul, Erf, HardSigmoid that the gradient rule of Gelu hangs on `x`, unless another Gelu of `x` has taken it. */
function normalCdfOf(
  x: Value,
  consumers: ReadonlyMap<Value, readonly Node[]>,
  taken: ReadonlySet<Node>,
): readonly [Node, Node, Node] | undefined {
  const next = (value: Value | undefined, op: string): readonly Node[] =>
    (value === undefined ? [] : (consumers.get(value) ?? [])).filter((node) => node.op === op);
  const isFree = (node: Node): boolean => node.origin.stage === 'backward' && !taken.has(node);
  for (const scaled of next(x, 'Mul')) {
    for (const erf of next(scaled.outputs[0], 'Erf')) {
      const [cdf] = next(erf.outputs[0], 'HardSigmoid');
      if (cdf !== undefined && isFree(scaled)) return [scaled, erf, cdf];
    }
  }
  return undefined;
}
