import * as l10n from '@vscode/l10n';
import { counted } from '../../base/counts.ts';
import { broadcastShapes, axisSize, normalizeAxis, shapeError } from '../graph/shapes.ts';
import { formatShape, sameShape, sizeOf, type Value } from '../graph/types.ts';
import { commonType, listAttribute, numberAttribute, requiredInput } from './attributes.ts';
import { standard, type OpDefinition } from './definition.ts';
import { reshape, sumTo, transpose } from './expressions.ts';

const Reshape: OpDefinition = {
  infer: (inputs, attributes) => {
    const { dtype, shape } = requiredInput(inputs, 0);
    const target = listAttribute(attributes, 'shape');
    if (sizeOf(shape) !== sizeOf(target)) {
      throw shapeError(
        l10n.t(
          '{0} holds {1} and cannot become {2}, which holds {3}',
          formatShape(shape),
          counted.elements(sizeOf(shape)),
          formatShape(target),
          String(sizeOf(target)),
        ),
      );
    }
    return [{ dtype, shape: target }];
  },
  gradient: ({ g, node, upstream: [dy] }) => {
    const [x] = node.inputs;
    return dy && x ? [reshape(g, dy, x.shape)] : [];
  },
  onnx: standard({}, ['shape']),
  flops: () => 0,
};

const Transpose: OpDefinition = {
  infer: (inputs, attributes) => {
    const { dtype, shape } = requiredInput(inputs, 0);
    const perm = listAttribute(attributes, 'perm');
    const sorted = [...perm].sort((a, b) => a - b);
    if (!sameShape(sorted, [...shape.keys()])) {
      throw shapeError(
        l10n.t('perm {0} is no order of the axes of {1}', formatShape(perm), formatShape(shape)),
      );
    }
    return [{ dtype, shape: perm.map((axis) => axisSize(shape, axis)) }];
  },
  gradient: ({ g, node, upstream: [dy] }) => {
    if (dy === undefined) return [];
    const perm = listAttribute(node.attributes, 'perm');
    return [
      transpose(
        g,
        dy,
        [...perm.keys()].map((axis) => perm.indexOf(axis)),
      ),
    ];
  },
  onnx: standard({ perm: 'ints' }),
  flops: () => 0,
};

const Expand: OpDefinition = {
  infer: (inputs, attributes) => {
    const { dtype, shape } = requiredInput(inputs, 0);
    return [{ dtype, shape: broadcastShapes(shape, listAttribute(attributes, 'shape')) }];
  },
  gradient: ({ g, node, upstream: [dy] }) => {
    const [x] = node.inputs;
    return dy && x ? [sumTo(g, dy, x.shape)] : [];
  },
  onnx: standard({}, ['shape']),
};

const Concat: OpDefinition = {
  infer: (inputs, attributes) => {
    const first = requiredInput(inputs, 0);
    const axis = normalizeAxis(numberAttribute(attributes, 'axis'), first.shape.length);
    const rest = (shape: readonly number[]): readonly number[] => shape.toSpliced(axis, 1);
    for (const { shape } of inputs) {
      if (shape.length !== first.shape.length || !sameShape(rest(shape), rest(first.shape))) {
        throw shapeError(
          l10n.t(
            '{0} differ in more than axis {1}',
            inputs.map((input) => formatShape(input.shape)).join(', '),
            String(axis),
          ),
        );
      }
    }
    const size = inputs.reduce((sum, input) => sum + axisSize(input.shape, axis), 0);
    return [{ dtype: commonType(inputs), shape: first.shape.with(axis, size) }];
  },
  gradient: ({ g, node, upstream: [dy] }) => {
    if (dy === undefined) return [];
    const axis = numberAttribute(node.attributes, 'axis');
    const split = node.inputs.map((input) => axisSize(input.shape, axis));
    return g.node('Split', [dy], { axis, split });
  },
  onnx: standard({ axis: 'int' }),
  flops: () => 0,
};

const Split: OpDefinition = {
  infer: (inputs, attributes) => {
    const { dtype, shape } = requiredInput(inputs, 0);
    const axis = normalizeAxis(numberAttribute(attributes, 'axis'), shape.length);
    const split = listAttribute(attributes, 'split');
    if (split.reduce((sum, size) => sum + size, 0) !== axisSize(shape, axis)) {
      throw shapeError(
        l10n.t(
          'parts {0} do not add up to axis {1} of {2}',
          formatShape(split),
          String(axis),
          formatShape(shape),
        ),
      );
    }
    return split.map((size) => ({ dtype, shape: shape.with(axis, size) }));
  },
  gradient: ({ g, node, upstream }) => {
    const axis = numberAttribute(node.attributes, 'axis');
    const parts = node.outputs.map((output, index) => upstream[index] ?? g.full(output.shape, 0));
    return [g.op('Concat', parts, { axis })];
  },
  onnx: standard({ axis: 'int' }, ['split']),
  flops: () => 0,
};

const Slice: OpDefinition = {
  infer: (inputs, attributes) => {
    const { dtype, shape } = requiredInput(inputs, 0);
    const axes = listAttribute(attributes, 'axes');
    const starts = listAttribute(attributes, 'starts');
    const ends = listAttribute(attributes, 'ends');
    const result = [...shape];
    axes.forEach((axis, index) => {
      const size = axisSize(shape, axis);
      const start = starts[index] ?? 0;
      const end = ends[index] ?? size;
      if (start < 0 || end > size || start >= end) {
        throw shapeError(
          l10n.t(
            'slice {0}:{1} is outside axis {2} of {3}',
            String(start),
            String(end),
            String(axis),
            formatShape(shape),
          ),
        );
      }
      result[normalizeAxis(axis, shape.length)] = end - start;
    });
    return [{ dtype, shape: result }];
  },
  gradient: ({ g, node, upstream: [dy] }) => {
    const [x] = node.inputs;
    if (dy === undefined || x === undefined) return [];
    const starts = listAttribute(node.attributes, 'starts');
    const ends = listAttribute(node.attributes, 'ends');
    const padded = listAttribute(node.attributes, 'axes').reduce<Value>((inner, axis, index) => {
      const at = normalizeAxis(axis, x.shape.length);
      const size = axisSize(x.shape, at);
      const zeros = (length: number): readonly Value[] =>
        length === 0 ? [] : [g.full(inner.shape.with(at, length), 0)];
      const parts = [...zeros(starts[index] ?? 0), inner, ...zeros(size - (ends[index] ?? size))];
      return parts.length === 1 ? inner : g.op('Concat', parts, { axis: at });
    }, dy);
    return [padded];
  },
  onnx: standard({}, ['starts', 'ends', 'axes']),
  flops: () => 0,
};

export const movement = { Reshape, Transpose, Expand, Concat, Split, Slice };
