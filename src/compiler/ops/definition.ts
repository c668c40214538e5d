import type { GraphBuilder } from '../graph/builder.ts';
import type { Attributes, Node, TensorType, Value } from '../graph/types.ts';

/** What a gradient rule is given. */
export interface GradientContext {
  readonly g: GraphBuilder;
  readonly node: Node;
  /** dL/d(output), one per output of the node; undefined where the loss does not depend on that output. */
  readonly upstream: readonly (Value | undefined)[];
  /** Which inputs need a gradient; a rule need not build the others. */
  readonly wanted: readonly boolean[];
}

/** dL/d(input), one per input of the node; undefined for inputs that are not wanted or not differentiable. */
export type GradientRule = (context: GradientContext) => readonly (Value | undefined)[];

/** How an op is written in ONNX. */
export interface OnnxForm {
  /** '' is ai.onnx; `com.microsoft` holds the runtime's own ops. */
  readonly domain: '' | 'com.microsoft';
  /** Attributes that stay attributes, with their ONNX type. */
  readonly attributes: Readonly<Record<string, 'int' | 'float' | 'ints' | 'string'>>;
  /** Attributes that ONNX wants as trailing 1-D int64 inputs, in this order. */
  readonly operands: readonly string[];
  /**
   * How many further inputs, each shaped like the second one, the op has only to overwrite them. Each is written as a value of
   * its own that nothing else reads, and that no optimizer can take for another.
   */
  readonly scratch?: (attributes: Attributes) => number;
}

/** Everything that the compiler knows of an op. */
export interface OpDefinition {
  /** Output types from input types; throws `shape-mismatch` or `bad-attribute` naming the shapes. */
  readonly infer: (inputs: readonly TensorType[], attributes: Attributes) => readonly TensorType[];
  /** Reverse-mode rule, or the declaration that there is none. */
  readonly gradient: GradientRule | 'none';
  readonly onnx: OnnxForm;
  /** Floating-point operations of one run; when left out, one per output element. */
  readonly flops?: (inputs: readonly TensorType[], outputs: readonly TensorType[]) => number;
}

/** The ONNX form of an op of the standard domain. */
export function standard(
  attributes: OnnxForm['attributes'] = {},
  operands: readonly string[] = [],
): OnnxForm {
  return { domain: '', attributes, operands };
}

/** The ONNX form of an op that the runtime adds to the standard. */
export function microsoft(attributes: OnnxForm['attributes'] = {}): OnnxForm {
  return { domain: 'com.microsoft', attributes, operands: [] };
}
