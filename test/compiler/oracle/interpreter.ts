import type { Graph, Value } from '../../../src/compiler/graph/types.ts';
import { formulas } from './formulas.ts';
import { oracleTensor, type OracleTensor } from './tensor.ts';

export type Feeds = Readonly<Record<string, OracleTensor>>;

/**
 * Runs a graph in float64: an oracle for the runtime, and exact enough for finite differences. Constants are read as doubles,
 * nothing is rounded to float32 on the way. Returns the fetched values by port name.
 */
export function interpret(graph: Graph, feeds: Feeds): Readonly<Record<string, OracleTensor>> {
  const values = new Map<Value, OracleTensor>();
  for (const { name, value } of graph.inputs) {
    const fed = feeds[name];
    if (fed === undefined) throw new Error(`input ${name} is not fed`);
    values.set(value, fed);
  }
  for (const { value, data } of graph.constants) {
    values.set(value, oracleTensor(value.dtype, value.shape, Array.from(data, Number)));
  }
  const held = (value: Value): OracleTensor => {
    const tensor = values.get(value);
    if (tensor === undefined) throw new Error(`value ${value.id} is not known`);
    return tensor;
  };
  for (const { op, inputs, attributes, outputs } of graph.nodes) {
    const formula = formulas[op];
    if (formula === undefined) throw new Error(`the oracle has no ${op}`);
    const results = formula(inputs.map(held), attributes, outputs);
    outputs.forEach((output, index) => values.set(output, results[index]!));
  }
  return Object.fromEntries(graph.outputs.map(({ name, value }) => [name, held(value)]));
}
