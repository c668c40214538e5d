import type {
  Attributes,
  Constant,
  DType,
  Graph,
  Node,
  Origin,
  Port,
  Shape,
  TensorData,
  TensorType,
  Value,
} from './types.ts';

/** What the builder must know of the ops: the shape rule of each. Throws for an unknown op. */
export interface ShapeRules {
  infer(op: string, inputs: readonly TensorType[], attributes: Attributes): readonly TensorType[];
}

const nowhere: Origin = { stage: 'forward', path: '', line: 0 };

/**
 * Builds a graph node by node. Shapes are inferred when a node is appended, so that a mistake surfaces where it is made,
 * with the origin at hand. Equal small constants are shared.
 */
export class GraphBuilder {
  readonly inputs: Port[] = [];
  readonly constants: Constant[] = [];
  readonly nodes: Node[] = [];
  private readonly rules: ShapeRules;
  private readonly shared = new Map<string, Value>();
  private origin: Origin = nowhere;
  private count: number;

  /** Ids of values count from `firstId` on: a pass that adds to a graph starts behind those of the graph. */
  constructor(rules: ShapeRules, firstId = 0) {
    this.rules = rules;
    this.count = firstId;
  }

  /** Runs `build` with every node that it appends marked as coming from `origin`. */
  within<T>(origin: Origin, build: () => T): T {
    const outer = this.origin;
    this.origin = origin;
    try {
      return build();
    } finally {
      this.origin = outer;
    }
  }

  /** Declares a tensor that is fed at every run. */
  input(name: string, dtype: DType, shape: Shape): Value {
    const value = this.value({ dtype, shape });
    this.inputs.push({ name, value });
    return value;
  }

  /** A tensor known now. */
  constant(dtype: DType, shape: Shape, data: TensorData): Value {
    const key = data.length <= 64 ? `${dtype}|${shape.join()}|${data.join()}` : undefined;
    const held = key === undefined ? undefined : this.shared.get(key);
    if (held !== undefined) return held;
    const value = this.value({ dtype, shape });
    this.constants.push({ value, data });
    if (key !== undefined) this.shared.set(key, value);
    return value;
  }

  /** A float32 scalar known now. */
  scalar(number: number): Value {
    return this.constant('float32', [], Float32Array.of(number));
  }

  /** A float32 tensor whose elements all equal `number`. */
  full(shape: Shape, number: number): Value {
    const size = shape.reduce((product, axis) => product * axis, 1);
    return this.constant('float32', shape, new Float32Array(size).fill(number));
  }

  /** Appends a node and returns all its outputs. Throws `shape-mismatch` when the op cannot take these inputs. */
  node(op: string, inputs: readonly Value[], attributes: Attributes = {}): readonly Value[] {
    const types = this.rules.infer(op, inputs, attributes);
    const outputs = types.map((type) => this.value(type));
    this.nodes.push({ op, inputs, attributes, outputs, origin: this.origin });
    return outputs;
  }

  /** Appends a node and returns its first output. */
  op(op: string, inputs: readonly Value[], attributes: Attributes = {}): Value {
    const [first] = this.node(op, inputs, attributes);
    if (first === undefined) throw new Error(`${op} has no output`);
    return first;
  }

  /** The graph so far, with these values fetched. */
  build(name: string, outputs: readonly Port[]): Graph {
    return {
      name,
      inputs: [...this.inputs],
      constants: [...this.constants],
      nodes: [...this.nodes],
      outputs,
    };
  }

  private value(type: TensorType): Value {
    return { id: this.count++, dtype: type.dtype, shape: type.shape };
  }
}
