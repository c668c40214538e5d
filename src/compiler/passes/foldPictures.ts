import { GraphBuilder } from '../graph/builder.ts';
import type { Graph, Node, Value } from '../graph/types.ts';
import { numberAttribute } from '../ops/attributes.ts';
import { reshape, transpose } from '../ops/expressions.ts';
import { shapeRules } from '../ops/registry.ts';
import { pictureOf, windowAttributes, windowOf } from '../ops/windows.ts';

/** Pixels of an output up to which folding is worth its two transpositions. */
const smallMap = 64;

/**
 * The runtime convolves picture by picture, and a picture of few pixels makes a product too narrow to be fast. So where pictures
 * are small, the batch goes into the width: pictures beside each other, pixel by pixel, under a kernel whose taps lie one batch
 * apart. The values are the same.
 */
export function foldPictures(graph: Graph): Graph {
  const values = [
    ...graph.inputs.map((port) => port.value),
    ...graph.constants.map((constant) => constant.value),
    ...graph.nodes.flatMap((node) => node.outputs),
  ];
  const firstId = 1 + values.reduce((largest, { id }) => Math.max(largest, id), 0);
  const g = new GraphBuilder(shapeRules, firstId);
  return { ...graph, nodes: graph.nodes.flatMap((node) => folded(g, node) ?? [node]) };
}

/** The nodes in place of a convolution, the last of which makes its output; undefined where it stays. */
function folded(g: GraphBuilder, node: Node): readonly Node[] | undefined {
  const [x, weight, ...bias] = node.inputs;
  const [y] = node.outputs;
  if (node.op !== 'Conv' || !x || !weight || !y) return undefined;
  const [batch, channels, height, width] = pictureOf(x.shape, 'Conv');
  const [, outer, rows, columns] = pictureOf(y.shape, 'Conv');
  const [, , ...kernel] = pictureOf(weight.shape, 'a kernel');
  const window = windowOf(node.attributes, kernel);
  const isPlain =
    numberAttribute(node.attributes, 'group', 1) === 1 &&
    window.strides.every((stride) => stride === 1);
  const isWorthIt = batch > 1 && rows * columns <= smallMap && kernel.some((taps) => taps > 1);
  if (!isPlain || !isWorthIt) return undefined;
  const first = g.nodes.length;
  g.within(node.origin, () => {
    const wide = exchange(g, x, batch, [1, channels, height, width * batch]);
    const [top, left, bottom, right] = window.pads;
    const convolved = g.op('Conv', [wide, weight, ...bias], {
      ...windowAttributes({
        ...window,
        dilations: [window.dilations[0], window.dilations[1] * batch],
        pads: [top, left * batch, bottom, right * batch],
      }),
      group: 1,
    });
    exchange(g, convolved, outer * rows * columns, y.shape);
  });
  const made = g.nodes.slice(first);
  return made.map((one, index) => (index === made.length - 1 ? { ...one, outputs: [y] } : one));
}

/** `x` as a matrix of `rows` rows, transposed, in another shape. */
function exchange(g: GraphBuilder, x: Value, rows: number, shape: readonly number[]): Value {
  const columns = x.shape.reduce((product, size) => product * size, 1) / rows;
  return g.op('Reshape', [transpose(g, reshape(g, x, [rows, columns]), [1, 0])], { shape });
}
