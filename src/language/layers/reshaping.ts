import * as l10n from '@vscode/l10n';
import { counted } from '../../base/counts.ts';
import { formatShape, sizeOf } from '../../compiler/graph/types.ts';
import { reduceMean, reshape } from '../../compiler/ops/expressions.ts';
import { defaultValue, flag, integer, integers } from './arguments.ts';
import { featureAxis } from './axes.ts';
import { defineLayer, LayerProblem, type LayerContext } from './definition.ts';

const axisRange = { min: -8, max: 8 };

export const flatten = defineLayer({
  type: 'Flatten',
  category: 'shape',
  doc: {
    summary: 'Joins the axes from start_dim to end_dim into one.',
    url: 'https://pytorch.org/docs/stable/generated/torch.nn.Flatten.html',
  },
  arguments: {
    start_dim: integer('First axis to join.', { ...axisRange, fallback: defaultValue(1) }),
    end_dim: integer('Last axis to join.', { ...axisRange, fallback: defaultValue(-1) }),
  },
  parameters: [],
  lower(context, values) {
    const { value } = context.input;
    const start = featureAxis(context, values.start_dim, 'start_dim');
    const end = featureAxis(context, values.end_dim, 'end_dim');
    if (start > end) {
      throw new LayerProblem(
        'bad-value',
        l10n.t('start_dim {0} comes after end_dim {1}', start, end),
      );
    }
    const joined = sizeOf(value.shape.slice(start, end + 1));
    const shape = [...value.shape.slice(0, start), joined, ...value.shape.slice(end + 1)];
    return reshape(context.g, value, shape);
  },
});

export const reshapeLayer = defineLayer({
  type: 'Reshape',
  category: 'shape',
  doc: {
    summary: 'Gives the features of each case another shape; the batch axis stays.',
    url: 'https://pytorch.org/docs/stable/generated/torch.reshape.html',
  },
  positional: 'shape',
  arguments: {
    shape: integers('The new shape without the batch axis; -1 once, for what is left.', {
      min: -1,
    }),
  },
  parameters: [],
  lower(context, values) {
    const [batch = 1, ...inner] = context.input.value.shape;
    const shape = completeShape(context, values.shape, sizeOf(inner));
    return reshape(context.g, context.input.value, [batch, ...shape]);
  },
});

function completeShape(
  { input, item }: LayerContext,
  wanted: readonly number[],
  size: number,
): readonly number[] {
  const known = sizeOf(wanted.filter((axis) => axis !== -1));
  const open = wanted.filter((axis) => axis === -1).length;
  const fits = open === 0 ? known === size : known > 0 && size % known === 0;
  if (open <= 1 && fits) return wanted.map((axis) => (axis === -1 ? size / known : axis));
  throw new LayerProblem(
    'shape-mismatch',
    open > 1
      ? l10n.t('only one axis of a shape can be -1')
      : l10n.t(
          'the input {0} (line {1}) has {2} in each case and cannot become {3}',
          formatShape(input.value.shape),
          input.line,
          counted.elements(size),
          formatShape(wanted),
        ),
    item.places.get('shape'),
  );
}

export const mean = defineLayer({
  type: 'Mean',
  category: 'shape',
  doc: {
    summary: 'Averages over axes, e.g. over the positions of a sequence with dim: 1.',
    url: 'https://pytorch.org/docs/stable/generated/torch.mean.html',
  },
  positional: 'dim',
  arguments: {
    dim: integers('The axis, or axes; 0 is the batch.'),
    keepdim: flag('Whether the axis stays, with size 1.', false),
  },
  parameters: [],
  lower(context, { dim, keepdim }) {
    const axes = dim.map((one) => featureAxis(context, one, 'dim'));
    if (axes.length === 0 || new Set(axes).size < axes.length) {
      const place = context.item.places.get('dim');
      throw new LayerProblem('bad-value', l10n.t('dim names each axis once'), place);
    }
    return reduceMean(context.g, context.input.value, axes, keepdim ? 1 : 0);
  },
});
