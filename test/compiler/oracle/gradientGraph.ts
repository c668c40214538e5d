import type { Graph, Port, Value } from '../../../src/compiler/graph/types.ts';
import type { GradientRule } from '../../../src/compiler/ops/definition.ts';
import { newGraph } from '../../../src/compiler/ops/registry.ts';
import { interpret, type Feeds } from './interpreter.ts';
import type { OpCase } from './opCases.ts';
import { oracleTensor, type OracleTensor } from './tensor.ts';

/** One op with its gradient rule beside it, as a graph that both runtime and oracle can run. */
export interface OpGraph {
  /** Outputs `y0`, `y1`, … of the op and `d0`, `d1`, … of the rule: dL/d(input i) for L = Σ yk·upstream k. */
  readonly graph: Graph;
  readonly feeds: Feeds;
  /** The inputs that the rule returned a gradient for. */
  readonly returned: readonly number[];
}

/** The op alone: outputs `y0`, `y1`, …. */
export function opGraph(op: string, { inputs, attributes }: OpCase): OpGraph {
  const g = newGraph();
  const values = inputs.map(({ dtype, shape }, i) => g.input(`x${i}`, dtype, shape));
  const outputs = g.node(op, values, attributes);
  const feeds = Object.fromEntries(inputs.map((tensor, i) => [`x${i}`, tensor]));
  return { graph: g.build(op, named('y', outputs)), feeds, returned: [] };
}

/** The op and its gradients for random upstream gradients of the outputs in `seeded`. */
export function gradientGraph(
  op: string,
  rule: GradientRule,
  { inputs, attributes }: OpCase,
  seeded?: readonly number[],
): OpGraph {
  const g = newGraph();
  const values = inputs.map(({ dtype, shape }, i) => g.input(`x${i}`, dtype, shape));
  const outputs = g.node(op, values, attributes);
  const node = g.nodes.at(-1);
  const feeds: Record<string, OracleTensor> = Object.fromEntries(
    inputs.map((tensor, i) => [`x${i}`, tensor]),
  );
  const upstream = outputs.map((output, k) => {
    if (seeded && !seeded.includes(k)) return undefined;
    // Fixed irregular numbers: a rule that mixes up places or forgets a factor cannot get them right by luck.
    feeds[`u${k}`] = oracleTensor('float32', output.shape, (i) =>
      Math.fround(Math.sin(1.7 * i + 0.9 * k + 0.4) + 0.3),
    );
    return g.input(`u${k}`, 'float32', output.shape);
  });
  const wanted = values.map((value) => value.dtype === 'float32');
  const gradients = rule({ g, node, upstream, wanted });
  const returned = values.flatMap((value, i) =>
    gradients[i] !== undefined && wanted[i] && value.dtype === 'float32' ? [i] : [],
  );
  const ports = returned.map((i): Port => ({ name: `d${i}`, value: gradients[i]! }));
  return { graph: g.build(op, [...named('y', outputs), ...ports]), feeds, returned };
}

function named(letter: string, values: readonly Value[]): readonly Port[] {
  return values.map((value, i) => ({ name: `${letter}${i}`, value }));
}

/**
 * The largest difference between the rule's gradients and central finite differences of L = Σ yk·uk, as a share of the
 * largest gradient (at least 1); a float input for which the rule returned nothing counts as gradient 0. Both in float64.
 */
export function finiteDifferenceError(
  op: string,
  rule: GradientRule,
  drawn: OpCase,
  seeded?: readonly number[],
): number {
  const { graph, feeds } = gradientGraph(op, rule, drawn, seeded);
  const claimed = interpret(graph, feeds);
  const forward = opGraph(op, drawn).graph;
  const loss = (): number => {
    const results = interpret(forward, feeds);
    let sum = 0;
    forward.outputs.forEach(({ name }, k) => {
      const weights = feeds[`u${k}`];
      if (weights) results[name]!.data.forEach((y, i) => (sum += y * weights.data[i]!));
    });
    return sum;
  };
  let worst = 0;
  drawn.inputs.forEach((input, index) => {
    if (input.dtype !== 'float32') return;
    const found = claimed[`d${index}`]?.data ?? new Float64Array(input.data.length);
    if (found.length !== input.data.length) throw new Error(`gradient ${index} has another shape`);
    const slopes = input.data.map((_, i) => slope(loss, input.data, i));
    const largest = slopes.reduce((top, value) => Math.max(top, Math.abs(value)), 1);
    slopes.forEach((value, i) => {
      const error = Math.abs(value - found[i]!) / largest;
      // NaN must not be lost in a comparison.
      worst = error <= worst ? worst : error;
    });
  });
  return worst;
}

function slope(loss: () => number, data: Float64Array, index: number): number {
  const held = data[index]!;
  const step = 1e-5;
  data[index] = held + step;
  const above = loss();
  data[index] = held - step;
  const below = loss();
  data[index] = held;
  return (above - below) / (2 * step);
}
