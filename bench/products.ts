import { sizeOf, type Graph, type Node } from '../src/compiler/graph/types.ts';
import { newGraph } from '../src/compiler/ops/registry.ts';
import { Session, type TensorBinding } from '../src/engine/runtime/session.ts';

const products = new Set(['MatMul', 'FusedMatMul', 'Gemm', 'Conv', 'ConvTranspose']);
const repeats = 30;

/**
 * What the matrix products and convolutions of a program take when each runs alone in the runtime: the floor under any step built of them.
 * Every distinct product is timed by itself, median of 30 runs, and counted as often as it occurs.
 */
export async function productMilliseconds(graph: Graph, threads: number): Promise<number> {
  const counts = new Map<string, { readonly node: Node; count: number }>();
  for (const node of graph.nodes) {
    if (!products.has(node.op)) continue;
    const shapes = node.inputs.map((input) => input.shape);
    const key = JSON.stringify([node.op, shapes, node.attributes]);
    const held = counts.get(key);
    if (held) held.count++;
    else counts.set(key, { node, count: 1 });
  }
  let total = 0;
  for (const { node, count } of counts.values()) total += count * (await timeOf(node, threads));
  return total;
}

async function timeOf(node: Node, threads: number): Promise<number> {
  const g = newGraph();
  const inputs = node.inputs.map(({ dtype, shape }, index) => g.input(`x${index}`, dtype, shape));
  const y = g.op(node.op, inputs, node.attributes);
  // Fetched outputs are copied, which would count as product: so one element is fetched.
  const corner = g.op('Slice', [y], { axes: [-2, -1], starts: [0, 0], ends: [1, 1] });
  const session = await Session.create(g.build('product', [{ name: 'y', value: corner }]), threads);
  const binding = (name: string, shape: readonly number[]): TensorBinding => ({
    name,
    dtype: 'float32',
    shape,
    data: new Float32Array(sizeOf(shape)).fill(0.5),
  });
  const run = session.bind(
    inputs.map(({ shape }, index) => binding(`x${index}`, shape)),
    [binding('y', corner.shape)],
  );
  const times: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const started = performance.now();
    await run();
    times.push(performance.now() - started);
  }
  await session.release();
  return times.sort((a, b) => a - b)[repeats >> 1] ?? NaN;
}
