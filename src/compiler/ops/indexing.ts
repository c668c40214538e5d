import * as l10n from '@vscode/l10n';
import type { GraphBuilder } from '../graph/builder.ts';
import { axisSize, normalizeAxis, shapeError } from '../graph/shapes.ts';
import {
  formatShape,
  sameShape,
  sizeOf,
  type Shape,
  type TensorType,
  type Value,
} from '../graph/types.ts';
import { numberAttribute, requiredInput, requireType } from './attributes.ts';
import { standard, type OpDefinition } from './definition.ts';
import { reshape } from './expressions.ts';

/**
 * Elements that one ScatterND may add. The runtime 1.30 shares the rows of a larger one (from 210,000 elements on: its cost model
 * starts a second thread there) among threads that add without locks, and loses additions where an index repeats. Half of that
 * stays on one thread.
 */
const largestScatter = 100_000;

/** Zeros of `shape` with each row of `rows` added at its index along axis 0, in the order of the rows. */
function scatterRows(g: GraphBuilder, shape: Shape, indices: Value, rows: Value): Value {
  const count = sizeOf(indices.shape);
  const width = sizeOf(shape.slice(1));
  const places = g.op('Cast', [reshape(g, indices, [count, 1])], { to: 7 });
  const updates = reshape(g, rows, [count, ...shape.slice(1)]);
  const perPart = Math.max(1, Math.floor(largestScatter / width));
  const split = Array.from({ length: Math.ceil(count / perPart) }, (_, part) =>
    Math.min(perPart, count - part * perPart),
  );
  const parts = (whole: Value): readonly Value[] =>
    split.length === 1 ? [whole] : g.node('Split', [whole], { axis: 0, split });
  const updateParts = parts(updates);
  return parts(places).reduce<Value>(
    (sum, place, part) => {
      const update = requiredInput(updateParts, part);
      return g.op('ScatterND', [sum, place, update], { reduction: 'add' });
    },
    g.full(shape, 0),
  );
}

/** Rows of a table by index along axis 0 (an embedding). */
const Gather: OpDefinition = {
  infer: (inputs, attributes) => {
    const data = requiredInput(inputs, 0);
    const indices = requiredInput(inputs, 1);
    requireType(indices, 'int32', 'int64');
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
    return [scatterRows(g, table.shape, indices, dy)];
  },
  onnx: standard({ axis: 'int' }),
};

/** Indices of the elementwise kind: of the data's rank, and no larger than the data except along the axis. */
function checkPlaces(data: Shape, indices: TensorType, axis: number): void {
  requireType(indices, 'int32', 'int64');
  const along = normalizeAxis(axis, data.length);
  const fits = indices.shape.every((size, at) => at === along || size <= (data[at] ?? 0));
  if (indices.shape.length !== data.length || !fits) {
    throw shapeError(
      l10n.t(
        'indices {0} do not fit {1} along axis {2}',
        formatShape(indices.shape),
        formatShape(data),
        String(along),
      ),
    );
  }
}

/** One element per position along an axis: `out[i][j] = data[i][indices[i][j]]` for axis 1. */
const GatherElements: OpDefinition = {
  infer: (inputs, attributes) => {
    const data = requiredInput(inputs, 0);
    const indices = requiredInput(inputs, 1);
    checkPlaces(data.shape, indices, numberAttribute(attributes, 'axis', 0));
    return [{ dtype: data.dtype, shape: indices.shape }];
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
    const indices = requiredInput(inputs, 1);
    const updates = requiredInput(inputs, 2).shape;
    requireType(indices, 'int64');
    const depth = axisSize(indices.shape, -1);
    const needed = [...indices.shape.slice(0, -1), ...shape.slice(depth)];
    if (depth > shape.length || !sameShape(updates, needed)) {
      throw shapeError(
        l10n.t(
          'indices {0} into {1} need updates {2}, not {3}',
          formatShape(indices.shape),
          formatShape(shape),
          formatShape(needed),
          formatShape(updates),
        ),
      );
    }
    return [{ dtype, shape }];
  },
  gradient: 'none',
  onnx: standard({ reduction: 'string' }),
};

/** `data` with `updates` added at `indices` along an axis; used as GatherElements' gradient. */
const ScatterElements: OpDefinition = {
  infer: (inputs, attributes) => {
    const { dtype, shape } = requiredInput(inputs, 0);
    const indices = requiredInput(inputs, 1);
    const updates = requiredInput(inputs, 2).shape;
    checkPlaces(shape, indices, numberAttribute(attributes, 'axis', 0));
    if (!sameShape(indices.shape, updates)) {
      throw shapeError(
        l10n.t(
          '{0} indices need as many updates, not {1}',
          formatShape(indices.shape),
          formatShape(updates),
        ),
      );
    }
    return [{ dtype, shape }];
  },
  gradient: 'none',
  onnx: standard({ axis: 'int', reduction: 'string' }),
};

export const indexing = { Gather, GatherElements, ScatterND, ScatterElements };
