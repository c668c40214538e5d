import { axisSize, normalizeAxis } from '../graph/shapes.ts';
import { sizeOf } from '../graph/types.ts';
import { numberAttribute, requiredInput } from './attributes.ts';
import { standard, type OpDefinition } from './definition.ts';
import { reshape } from './expressions.ts';

/** Rows of a table by index along axis 0 (an embedding). */
const Gather: OpDefinition = {
  infer: (inputs, attributes) => {
    const data = requiredInput(inputs, 0);
    const indices = requiredInput(inputs, 1);
    const axis = normalizeAxis(numberAttribute(attributes, 'axis', 0), data.shape.length);
    const shape = [...data.shape.slice(0, axis), ...indices.shape, ...data.shape.slice(axis + 1)];
    return [{ dtype: data.dtype, shape }];
  },
  gradient: ({ g, node, upstream: [dy] }) => {
    const [table, indices] = node.inputs;
    if (dy === undefined || table === undefined || indices === undefined) return [];
    if (numberAttribute(node.attributes, 'axis', 0) !== 0) {
      throw new Error('Gather has a gradient along axis 0 only');
    }
    const count = sizeOf(indices.shape);
    const rows = reshape(g, dy, [count, ...table.shape.slice(1)]);
    const wide = g.op('Cast', [reshape(g, indices, [count, 1])], { to: 7 });
    return [g.op('ScatterND', [g.full(table.shape, 0), wide, rows], { reduction: 'add' })];
  },
  onnx: standard({ axis: 'int' }),
};

/** One element per position along an axis: `out[i][j] = data[i][indices[i][j]]` for axis 1. */
const GatherElements: OpDefinition = {
  infer: (inputs, attributes) => {
    const data = requiredInput(inputs, 0);
    normalizeAxis(numberAttribute(attributes, 'axis', 0), data.shape.length);
    return [{ dtype: data.dtype, shape: requiredInput(inputs, 1).shape }];
  },
  gradient: ({ g, node, upstream: [dy] }) => {
    const [data, indices] = node.inputs;
    if (dy === undefined || data === undefined || indices === undefined) return [];
    const axis = numberAttribute(node.attributes, 'axis', 0);
    return [
      g.op('ScatterElements', [g.full(data.shape, 0), indices, dy], { axis, reduction: 'add' }),
    ];
  },
  onnx: standard({ axis: 'int' }),
};

/** `data` with `updates` added at rows `indices`; used as Gather's gradient. */
const ScatterND: OpDefinition = {
  infer: (inputs) => {
    const { dtype, shape } = requiredInput(inputs, 0);
    axisSize(requiredInput(inputs, 1).shape, -1);
    return [{ dtype, shape }];
  },
  gradient: 'none',
  onnx: standard({ reduction: 'string' }),
};

/** `data` with `updates` added at `indices` along an axis; used as GatherElements' gradient. */
const ScatterElements: OpDefinition = {
  infer: (inputs, attributes) => {
    const { dtype, shape } = requiredInput(inputs, 0);
    normalizeAxis(numberAttribute(attributes, 'axis', 0), shape.length);
    return [{ dtype, shape }];
  },
  gradient: 'none',
  onnx: standard({ axis: 'int', reduction: 'string' }),
};

export const indexing = { Gather, GatherElements, ScatterND, ScatterElements };
