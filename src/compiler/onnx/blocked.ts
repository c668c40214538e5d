import { create, toBinary } from '@bufbuild/protobuf';
import type { Node, Value } from '../graph/types.ts';
import { numberAttribute } from '../ops/attributes.ts';
import { pictureOf, windowOf } from '../ops/windows.ts';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProto_DataType,
  type AttributeProto,
  type NodeProto,
  type OperatorSetIdProto,
} from './onnx_pb.ts';

const domain = 'com.microsoft.nchwc';

/** Pixels of an output from which on the blocked layout is worth its reordering. */
const fewestPixels = 65;
/** Weights up to which they are quickly put into blocks; they change at every step. */
const mostWeights = 9 * 64 * 64;

/** What a model that holds blocked convolutions imports. */
export function blockedImport(): OperatorSetIdProto {
  return create(OperatorSetIdProtoSchema, { domain, version: 1n });
}

/** What writing a node needs of the model that it is written into. */
export interface NodeWriter {
  nameOf(value: Value): string;
  /** The name of an int64 vector. */
  operand(list: readonly number[]): string;
}

/**
 * A convolution in the runtime's blocked layout, [batch, channels / block, height, width, block], in which it convolves without
 * unfolding pictures first: a quarter to a third faster where pictures are large. Values are those of the plain form but for
 * rounding. Undefined where the plain form stays.
 */
export function blockedConvolution(
  node: Node,
  block: number,
  writer: NodeWriter,
): readonly NodeProto[] | undefined {
  const [x, weight, bias] = node.inputs;
  const [y] = node.outputs;
  if (!x || !weight || !y || !isWorthIt(node, weight, y, block)) return undefined;
  const [outer, inner, height, width] = pictureOf(weight.shape, 'a kernel');
  const name = (part: string): string => `#${y.id}.${part}`;
  const one = (
    opType: string,
    input: readonly string[],
    output: string,
    attribute: readonly AttributeProto[] = [],
    inDomain = '',
  ): NodeProto =>
    create(NodeProtoSchema, {
      name: `${node.origin.path}/${node.origin.stage}/${opType}/${output}`,
      opType,
      domain: inDomain,
      input: [...input],
      output: [output],
      attribute: [...attribute],
    });
  const split = [outer / block, block, inner / block, block, height * width];
  const lists = ['strides', 'pads', 'dilations'].map((key) => ints(key, node.attributes[key]));
  return [
    one('Reshape', [writer.nameOf(weight), writer.operand(split)], name('split')),
    one('Transpose', [name('split')], name('turned'), [ints('perm', [0, 2, 4, 3, 1])]),
    one('Reshape', [name('turned'), writer.operand(weight.shape)], name('weight')),
    one('ReorderInput', [writer.nameOf(x)], name('x'), [], domain),
    one(
      'Conv',
      [name('x'), name('weight'), ...(bias ? [writer.nameOf(bias)] : [])],
      name('y'),
      [...lists, int('group', 1)],
      domain,
    ),
    one('ReorderOutput', [name('y')], writer.nameOf(y), [int('channels', outer)], domain),
  ];
}

function isWorthIt(node: Node, weight: Value, y: Value, block: number): boolean {
  if (node.op !== 'Conv' || numberAttribute(node.attributes, 'group', 1) !== 1) return false;
  const [outer, inner, height, width] = pictureOf(weight.shape, 'a kernel');
  const [, , rows, columns] = pictureOf(y.shape, 'Conv');
  const { dilations } = windowOf(node.attributes, [height, width]);
  return (
    outer % block === 0 &&
    inner % block === 0 &&
    height * width > 1 &&
    outer * inner * height * width <= mostWeights &&
    rows * columns >= fewestPixels &&
    dilations.every((dilation) => dilation === 1)
  );
}

function int(name: string, value: number): AttributeProto {
  const type = AttributeProto_AttributeType.INT;
  return create(AttributeProtoSchema, { name, type, i: BigInt(value) });
}

function ints(name: string, value: unknown): AttributeProto {
  const list = Array.isArray(value) ? value.map(Number) : [];
  const type = AttributeProto_AttributeType.INTS;
  return create(AttributeProtoSchema, { name, type, ints: list.map(BigInt) });
}

/** Channels of the picture that `blockProbe` puts into blocks. */
export const probeShape: readonly number[] = [1, 64, 1, 2];

/**
 * A model that gives its input `x`, of `probeShape`, back in blocks as `y`. How large a block is depends on the processor: it is
 * the place in `y` of the second pixel of the first channel.
 */
export function blockProbe(): Uint8Array {
  const dim = probeShape.map((size) => ({
    value: { case: 'dimValue' as const, value: BigInt(size) },
  }));
  const tensorType = { elemType: TensorProto_DataType.FLOAT, shape: { dim } };
  const type = { value: { case: 'tensorType' as const, value: tensorType } };
  const model = create(ModelProtoSchema, {
    irVersion: 10n,
    producerName: 'normscope',
    opsetImport: [create(OperatorSetIdProtoSchema, { domain: '', version: 21n }), blockedImport()],
    graph: {
      name: 'blocks',
      node: [
        create(NodeProtoSchema, { opType: 'ReorderInput', domain, input: ['x'], output: ['y'] }),
      ],
      input: [{ name: 'x', type }],
      output: [{ name: 'y', type }],
    },
  });
  return toBinary(ModelProtoSchema, model);
}
