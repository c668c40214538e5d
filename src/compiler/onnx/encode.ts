import { create, toBinary } from '@bufbuild/protobuf';
import { NormscopeError } from '../../base/errors.ts';
import type { Attribute, DType, Graph, Node, Port, TensorType, Value } from '../graph/types.ts';
import type { OnnxForm } from '../ops/definition.ts';
import { opDefinition } from '../ops/registry.ts';
import { blockedConvolution, blockedImport, type NodeWriter } from './blocked.ts';
import { checkEmittable, defaultLimits, describeNode, type GraphLimits } from './gate.ts';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './onnx_pb.ts';

/** The version of ai.onnx that nodes are written in: the first with `Gelu` (20) and all others in their present form. */
export const opset = 21n;
/** The version of the file format that belongs to opset 21. */
const irVersion = 10n;

const elementTypes: Readonly<Record<DType, TensorProto_DataType>> = {
  float32: TensorProto_DataType.FLOAT,
  float64: TensorProto_DataType.DOUBLE,
  int32: TensorProto_DataType.INT32,
  int64: TensorProto_DataType.INT64,
  uint8: TensorProto_DataType.UINT8,
  bool: TensorProto_DataType.BOOL,
};

/**
 * Writes a graph as an ONNX model (a serialized ModelProto) that the runtime loads. Inputs and outputs go by the names of
 * their ports; inner values are named `v<id>`; nodes are named `<layer path>/<stage>/<op>/<position>`.
 * With a `block` size of this processor, convolutions for which it pays are written in the runtime's blocked layout.
 *
 * Throws what `checkEmittable` throws.
 */
export function encodeModel(
  graph: Graph,
  limits: GraphLimits = defaultLimits,
  block?: number,
): Uint8Array {
  checkEmittable(graph, limits);
  const names = nameValues(graph);
  const operands = new Operands();
  const writer: NodeWriter = {
    nameOf: (value) => names.of(value),
    operand: (list) => operands.name(list),
  };
  const blocked = (node: Node): readonly NodeProto[] | undefined =>
    block === undefined ? undefined : blockedConvolution(node, block, writer);
  const nodes = graph.nodes.flatMap(
    (node, index) => blocked(node) ?? writeNode(node, index, names, operands),
  );
  const initializers = graph.constants.map(({ value, data }) =>
    writeTensor(names.of(value), value, data),
  );
  const model = create(ModelProtoSchema, {
    irVersion,
    producerName: 'normscope',
    opsetImport: [
      create(OperatorSetIdProtoSchema, { domain: '', version: opset }),
      create(OperatorSetIdProtoSchema, { domain: 'com.microsoft', version: 1n }),
      ...(block === undefined ? [] : [blockedImport()]),
    ],
    graph: {
      name: graph.name,
      node: [...nodes, ...names.copies],
      initializer: [...initializers, ...operands.tensors],
      input: graph.inputs.map(writePort),
      output: graph.outputs.map(writePort),
    },
  });
  return toBinary(ModelProtoSchema, model);
}

interface Names {
  of(value: Value): string;
  /** Identity nodes for outputs that cannot simply give their name to a node's output. */
  readonly copies: readonly NodeProto[];
}

/**
 * ONNX gives each value one name and makes ports of names. So the first port that fetches a node's output names it, and
 * every further port, and each that fetches an input or a constant, is a copy.
 */
function nameValues(graph: Graph): Names {
  const names = new Map<Value, string>();
  const copies: NodeProto[] = [];
  for (const { name, value } of graph.inputs) names.set(value, name);
  for (const { value } of graph.constants) names.set(value, `v${value.id}`);
  for (const { name, value } of graph.outputs) {
    const held = names.get(value);
    if (held === undefined) names.set(value, name);
    else
      copies.push(create(NodeProtoSchema, { opType: 'Identity', input: [held], output: [name] }));
  }
  return { of: (value) => names.get(value) ?? `v${value.id}`, copies };
}

/** The int64 vectors that ONNX wants where the graph has attributes; equal ones are written once. */
class Operands {
  readonly tensors: TensorProto[] = [];
  private readonly known = new Set<string>();

  name(list: readonly number[]): string {
    const name = `#${list.join()}`;
    if (!this.known.has(name)) {
      this.known.add(name);
      const type: TensorType = { dtype: 'int64', shape: [list.length] };
      this.tensors.push(writeTensor(name, type, BigInt64Array.from(list, BigInt)));
    }
    return name;
  }

  /** A scalar of type float32. */
  scalar(number: number): string {
    const name = `#scalar:${number}`;
    if (!this.known.has(name)) {
      this.known.add(name);
      this.tensors.push(
        writeTensor(name, { dtype: 'float32', shape: [] }, Float32Array.of(number)),
      );
    }
    return name;
  }
}

function writeNode(
  node: Node,
  index: number,
  names: Names,
  operands: Operands,
): readonly NodeProto[] {
  const { onnx } = opDefinition(node.op);
  const { path, stage } = node.origin;
  const trailing = onnx.operands.map((name) => {
    const list = node.attributes[name];
    if (typeof list !== 'object') throw badAttribute(node, name);
    return operands.name(list);
  });
  const scratch = writeScratch(node, index, names, operands);
  const written = create(NodeProtoSchema, {
    name: `${path}/${stage}/${node.op}/${index}`,
    opType: node.op,
    domain: onnx.domain,
    input: [
      ...node.inputs.map((value) => names.of(value)),
      ...trailing,
      ...scratch.flatMap((one) => one.output),
    ],
    output: node.outputs.map((value) => names.of(value)),
    attribute: Object.entries(onnx.attributes).flatMap(([name, type]) => {
      const value = node.attributes[name];
      return value === undefined ? [] : [writeAttribute(node, name, type, value)];
    }),
  });
  return [...scratch, written];
}

/** Values for an op to overwrite: products with a number that no other node has, so that no two are ever merged. */
function writeScratch(
  node: Node,
  index: number,
  names: Names,
  operands: Operands,
): readonly NodeProto[] {
  const like = node.inputs[1];
  const count = opDefinition(node.op).onnx.scratch?.(node.attributes) ?? 0;
  if (like === undefined) return [];
  return Array.from({ length: count }, (_, place) => {
    const name = `#scratch:${index}:${place}`;
    const input = [names.of(like), operands.scalar(2 + index * count + place)];
    return create(NodeProtoSchema, { name, opType: 'Mul', input, output: [name] });
  });
}

function writeAttribute(
  node: Node,
  name: string,
  type: OnnxForm['attributes'][string],
  value: Attribute,
): AttributeProto {
  const { INT, FLOAT, INTS, STRING } = AttributeProto_AttributeType;
  if (type === 'string' && typeof value === 'string') {
    return create(AttributeProtoSchema, { name, type: STRING, s: new TextEncoder().encode(value) });
  }
  if (type === 'ints' && typeof value === 'object') {
    return create(AttributeProtoSchema, { name, type: INTS, ints: value.map(BigInt) });
  }
  if (type === 'int' && typeof value === 'number') {
    return create(AttributeProtoSchema, { name, type: INT, i: BigInt(value) });
  }
  if (type === 'float' && typeof value === 'number') {
    return create(AttributeProtoSchema, { name, type: FLOAT, f: value });
  }
  throw badAttribute(node, name);
}

function badAttribute(node: Node, name: string): NormscopeError {
  const message = `${describeNode(node)}: '${name}' has the wrong type for ONNX`;
  return new NormscopeError('internal', 'bad-graph', message);
}

function writeTensor(name: string, type: TensorType, data: ArrayBufferView): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: type.shape.map(BigInt),
    dataType: elementTypes[type.dtype],
    rawData: new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength),
  });
}

function writePort({ name, value }: Port): ValueInfoProto {
  const dim = value.shape.map((size) => ({
    value: { case: 'dimValue' as const, value: BigInt(size) },
  }));
  const tensor = { elemType: elementTypes[value.dtype], shape: { dim } };
  const type = create(TypeProtoSchema, { value: { case: 'tensorType', value: tensor } });
  return create(ValueInfoProtoSchema, { name, type });
}
