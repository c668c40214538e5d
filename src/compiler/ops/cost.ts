import { sizeOf } from '../graph/types.ts';
import type { Node } from '../graph/types.ts';
import { opDefinition } from './registry.ts';

/** Floating-point operations of one run of a node, a multiplication and an addition each counted as one. */
export function flopsOf(node: Node): number {
  const { flops } = opDefinition(node.op);
  if (flops) return flops(node.inputs, node.outputs);
  return node.outputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}
