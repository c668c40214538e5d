import { sizeOf, type DType, type Graph, type TensorType, type Value } from '../graph/types.ts';

const elementBytes: Readonly<Record<DType, number>> = {
  float32: 4,
  float64: 8,
  int32: 4,
  int64: 8,
  uint8: 1,
  bool: 1,
};

/** Bytes of a tensor of this type. */
export function bytesOf(type: TensorType): number {
  return elementBytes[type.dtype] * sizeOf(type.shape);
}

/** Bytes of all constants of the graph: what a written model holds besides its structure. */
export function constantBytes(graph: Graph): number {
  return graph.constants.reduce((sum, constant) => sum + bytesOf(constant.value), 0);
}

/**
 * An estimate of the bytes that one run needs: inputs, constants, and the largest sum of node outputs that are alive at
 * one time when nodes run in order and a tensor dies after its last use. The runtime reuses some buffers in place and
 * rounds sizes up, so that its own figure differs by some per cent.
 */
export function runBytes(graph: Graph): number {
  const lastUse = new Map<Value, number>();
  graph.nodes.forEach((node, index) => {
    for (const value of [...node.outputs, ...node.inputs]) lastUse.set(value, index);
  });
  for (const { value } of graph.outputs) lastUse.set(value, graph.nodes.length);
  const dying = new Map<number, number>();
  let live = 0;
  let peak = 0;
  graph.nodes.forEach((node, index) => {
    for (const output of node.outputs) {
      const bytes = bytesOf(output);
      const end = lastUse.get(output) ?? index;
      live += bytes;
      dying.set(end, (dying.get(end) ?? 0) + bytes);
    }
    peak = Math.max(peak, live);
    live -= dying.get(index) ?? 0;
  });
  const fed = graph.inputs.reduce((sum, { value }) => sum + bytesOf(value), 0);
  return fed + constantBytes(graph) + peak;
}
