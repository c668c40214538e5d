/** Element types of tensors, named as in NumPy and PyTorch. */
export type DType = 'float32' | 'float64' | 'int32' | 'int64' | 'uint8' | 'bool';

/** Sizes of a tensor's axes; static, each an integer >= 0; `[]` is a scalar. */
export type Shape = readonly number[];

export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** One tensor of a graph: a graph input, a constant, or one output of one node. */
export interface Value extends TensorType {
  /** Unique within its graph, and the value's name when the graph is written out: `v<id>`. */
  readonly id: number;
}

/** Which part of a training step a node belongs to. */
export type Stage = 'forward' | 'loss' | 'backward' | 'statistics' | 'update';

/** Where a node comes from: what the picture, the debugger and every error point at. */
export interface Origin {
  readonly stage: Stage;
  /** Path of the layer in the model file, e.g. `blocks.3.attention.norm`; '' for none. */
  readonly path: string;
  /** Line of that layer in the model file, from 1; 0 for none. */
  readonly line: number;
}

export type Attribute = number | string | readonly number[];
export type Attributes = Readonly<Record<string, Attribute>>;

/** One operation. `op` is a key of the op registry (ONNX's name); outputs that nobody wants are still there. */
export interface Node {
  readonly op: string;
  readonly inputs: readonly Value[];
  readonly attributes: Attributes;
  readonly outputs: readonly Value[];
  readonly origin: Origin;
}

export type TensorData = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

/** A tensor known when the graph is built. */
export interface Constant {
  readonly value: Value;
  readonly data: TensorData;
}

/** A value that is fed (`inputs`) or fetched (`outputs`) under a name. */
export interface Port {
  readonly name: string;
  readonly value: Value;
}

/** A whole program: nodes in an order in which each node's inputs come before it. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly Port[];
  readonly constants: readonly Constant[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly Port[];
}

/** Number of elements of a tensor of this shape; 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** `[2, 3]` as people read it; `[]` for a scalar. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}
