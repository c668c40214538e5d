import { NormscopeError } from '../../base/errors.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Node, Origin, Value } from '../graph/types.ts';
import { opDefinition } from '../ops/registry.ts';

/** dL/d(value) of every value that the loss depends on through a path to one of the wanted values. */
export type Gradients = ReadonlyMap<Value, Value>;

/**
 * Reverse-mode differentiation: appends to `g` the nodes that compute the gradient of the scalar `loss`, walking the nodes
 * that are in `g` now from last to first. Only what lies on a path from a wanted value to the loss is built. The new nodes
 * keep the path and line of the node whose gradient they are, with stage `backward`.
 *
 * Throws `no-gradient`, naming op and layer, when such a path crosses an op that is declared to have none.
 */
export function differentiate(g: GraphBuilder, loss: Value, wanted: readonly Value[]): Gradients {
  const forward = [...g.nodes];
  const needed = dependents(forward, wanted);
  const gradients = new Map<Value, Value>();
  if (!needed.has(loss)) return gradients;
  gradients.set(loss, g.full(loss.shape, 1));
  for (const node of forward.reverse()) {
    const upstream = node.outputs.map((output) => gradients.get(output));
    const reached = node.inputs.some((input) => needed.has(input));
    if (!reached || upstream.every((gradient) => gradient === undefined)) continue;
    const origin: Origin = { ...node.origin, stage: 'backward' };
    g.within(origin, () => {
      propagate(g, node, upstream, needed, gradients);
    });
  }
  return gradients;
}

/** All values that depend on one of `sources`, the sources among them. */
function dependents(nodes: readonly Node[], sources: readonly Value[]): ReadonlySet<Value> {
  const found = new Set(sources);
  for (const node of nodes) {
    if (node.inputs.some((input) => found.has(input))) {
      for (const output of node.outputs) if (output.dtype === 'float32') found.add(output);
    }
  }
  return found;
}

function propagate(
  g: GraphBuilder,
  node: Node,
  upstream: readonly (Value | undefined)[],
  needed: ReadonlySet<Value>,
  gradients: Map<Value, Value>,
): void {
  const rule = opDefinition(node.op).gradient;
  if (rule === 'none') {
    const place = node.origin.path === '' ? '' : ` (layer ${node.origin.path})`;
    throw new NormscopeError('internal', 'no-gradient', `${node.op} has no gradient${place}`);
  }
  const wanted = node.inputs.map((input) => needed.has(input));
  const found = rule({ g, node, upstream, wanted });
  node.inputs.forEach((input, index) => {
    const gradient = found[index];
    if (gradient === undefined || !needed.has(input)) return;
    const held = gradients.get(input);
    gradients.set(input, held === undefined ? gradient : g.op('Add', [held, gradient]));
  });
}
