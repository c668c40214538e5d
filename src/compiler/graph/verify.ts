import { NormscopeError } from '../../base/errors.ts';
import type { ShapeRules } from './builder.ts';
import {
  formatShape,
  sameShape,
  sizeOf,
  type Constant,
  type Graph,
  type Node,
  type Port,
  type TensorType,
  type Value,
} from './types.ts';

/**
 * Checks what every graph must be after every pass: each value is defined once and before it is used, ids are unique, ports
 * have names of their own and known values, constants hold what their types say, and each node's outputs have the types that
 * its op's shape rule gives for its inputs.
 *
 * Throws `bad-graph` with the first problem. To see all of them, call `graphProblems`.
 */
export function verifyGraph(graph: Graph, rules: ShapeRules): void {
  const [first] = graphProblems(graph, rules);
  if (first !== undefined) throw new NormscopeError('internal', 'bad-graph', first);
}

/** Every problem of the graph, in the order of its nodes; empty for a sound graph. */
export function graphProblems(graph: Graph, rules: ShapeRules): readonly string[] {
  const checker = new Checker(graph.name);
  for (const port of graph.inputs) checker.define(port.value, `input '${port.name}'`);
  for (const constant of graph.constants) checker.constant(constant);
  graph.nodes.forEach((node, index) => {
    checker.node(node, index, rules);
  });
  for (const port of graph.outputs) checker.use(port.value, `output '${port.name}'`);
  checker.ports([...graph.inputs, ...graph.outputs]);
  return checker.problems;
}

const arrayTypes = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const;

class Checker {
  readonly problems: string[] = [];
  private readonly graphName: string;
  private readonly defined = new Map<number, Value>();

  constructor(graphName: string) {
    this.graphName = graphName;
  }

  define(value: Value, what: string): void {
    if (this.defined.has(value.id)) this.report(`${what} defines value ${value.id} once more`);
    this.defined.set(value.id, value);
    if (!value.shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
      this.report(`${what} has the shape ${formatShape(value.shape)}`);
    }
  }

  use(value: Value, what: string): void {
    const held = this.defined.get(value.id);
    if (held === undefined) this.report(`${what} uses value ${value.id} before it is defined`);
    else if (held !== value) this.report(`${what} uses a stranger with the id ${value.id}`);
  }

  constant({ value, data }: Constant): void {
    const what = `constant ${value.id}`;
    this.define(value, what);
    if (!(data instanceof arrayTypes[value.dtype])) {
      this.report(`${what} of ${formatType(value)} is held in a ${data.constructor.name}`);
    }
    if (data.length !== sizeOf(value.shape)) {
      this.report(`${what} of ${formatType(value)} holds ${data.length} elements`);
    }
  }

  node(node: Node, index: number, rules: ShapeRules): void {
    const what = `node ${index} (${node.op})`;
    for (const input of node.inputs) this.use(input, what);
    for (const output of node.outputs) this.define(output, what);
    const types = this.infer(node, what, rules);
    if (types === undefined) return;
    if (types.length !== node.outputs.length) {
      this.report(`${what} has ${node.outputs.length} outputs, not ${types.length}`);
    }
    types.forEach((type, position) => {
      const output = node.outputs[position];
      if (output === undefined || sameType(output, type)) return;
      const found = `${formatType(output)}, not ${formatType(type)}`;
      this.report(`output ${position} of ${what} is ${found}`);
    });
  }

  ports(ports: readonly Port[]): void {
    const names = new Set<string>();
    for (const { name } of ports) {
      if (name === '') this.report('a port has no name');
      if (names.has(name)) this.report(`two ports are named '${name}'`);
      names.add(name);
    }
  }

  private infer(node: Node, what: string, rules: ShapeRules): readonly TensorType[] | undefined {
    try {
      return rules.infer(node.op, node.inputs, node.attributes);
    } catch (error) {
      this.report(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }

  private report(problem: string): void {
    this.problems.push(`graph ${this.graphName}: ${problem}`);
  }
}

function sameType(a: TensorType, b: TensorType): boolean {
  return a.dtype === b.dtype && sameShape(a.shape, b.shape);
}

/** `float32[2, 3]`: a type as people read it. */
export function formatType(type: TensorType): string {
  return `${type.dtype}${formatShape(type.shape)}`;
}
