import * as l10n from '@vscode/l10n';
import { allOf } from '../../base/lists.ts';
import { formatShape, type Value } from '../../compiler/graph/types.ts';
import { add, mul, scale } from '../../compiler/ops/expressions.ts';
import {
  defaultValue,
  integer,
  number,
  optional,
  references,
  type Reference,
} from './arguments.ts';
import { defineLayer, LayerProblem, type LayerContext, type Signal } from './definition.ts';

export const addLayer = defineLayer({
  type: 'Add',
  category: 'combination',
  doc: {
    summary: 'Adds the outputs of several layers.',
    formula: 'y = a + b + ...',
    url: 'https://pytorch.org/docs/stable/generated/torch.add.html',
  },
  positional: 'from',
  arguments: { from: references('Paths of the layers, e.g. [encoder, decoder].') },
  parameters: [],
  takes: 'references',
  lower: (context, { from }) => combine(context, from, add),
});

export const mulLayer = defineLayer({
  type: 'Mul',
  category: 'combination',
  doc: {
    summary:
      'Multiplies the outputs of several layers element by element, or the value before it by a number.',
    formula: 'y = a · b · ... · factor',
    url: 'https://pytorch.org/docs/stable/generated/torch.mul.html',
  },
  positional: 'from',
  arguments: {
    from: optional(references('Paths of the layers, e.g. [gate, value].'), 'the value before it'),
    factor: number('A number to multiply by.', { fallback: defaultValue(1) }),
  },
  parameters: [],
  takes: 'references',
  lower(context, { from, factor }) {
    if (from === undefined && factor === 1) {
      throw new LayerProblem(
        'missing-argument',
        l10n.t('Mul needs from: [a, b], or factor: a number'),
      );
    }
    const product = from ? combine(context, from, mul) : context.input.value;
    return product && scale(context.g, product, factor);
  },
});

export const concat = defineLayer({
  type: 'Concat',
  category: 'combination',
  doc: {
    summary: 'Puts the outputs of several layers side by side along an axis.',
    url: 'https://pytorch.org/docs/stable/generated/torch.cat.html',
  },
  positional: 'from',
  arguments: {
    from: references('Paths of the layers, e.g. [left, right].'),
    dim: integer('The axis; negative counts from the end.', {
      min: -8,
      max: 8,
      fallback: defaultValue(-1),
    }),
  },
  parameters: [],
  takes: 'references',
  lower(context, { from, dim }) {
    const signals = resolveAll(context, from);
    if (signals === undefined) return undefined;
    const rank = signals[0]?.value.shape.length ?? 0;
    const axis = dim < 0 ? dim + rank : dim;
    if (axis === 0) {
      throw new LayerProblem(
        'batch-axis',
        l10n.t('dim {0} is the batch axis, which stays as it is', dim),
      );
    }
    return described(signals, () =>
      context.g.op(
        'Concat',
        signals.map((signal) => signal.value),
        { axis },
      ),
    );
  },
});

function combine(
  context: LayerContext,
  from: readonly Reference[],
  operation: (g: LayerContext['g'], a: Value, b: Value) => Value,
): Value | undefined {
  const signals = resolveAll(context, from);
  const first = signals?.[0];
  if (signals === undefined || first === undefined) return undefined;
  return described(signals, () =>
    signals.slice(1).reduce((sum, signal) => operation(context.g, sum, signal.value), first.value),
  );
}

/** All values, each a tap `in0`, `in1`, ...; undefined when one of them is unknown. Token ids are refused. */
function resolveAll(
  context: LayerContext,
  from: readonly Reference[],
): readonly Signal[] | undefined {
  const signals = from.map((reference) => {
    const signal = context.resolve(reference);
    if (signal === undefined || signal.value.dtype === 'float32') return signal;
    throw new LayerProblem(
      'needs-numbers',
      l10n.t(
        "{0} computes with numbers, and '{1}' holds token ids: put an Embedding between",
        context.item.type,
        reference.path,
      ),
      reference.node.range,
    );
  });
  signals.forEach((signal, index) => {
    if (signal) context.tap(`in${index}`, signal.value);
  });
  return signals.every((signal) => signal !== undefined) ? signals : undefined;
}

/** Says which line each shape comes from when they do not fit. */
function described(signals: readonly Signal[], build: () => Value): Value {
  try {
    return build();
  } catch (error) {
    if (!(error instanceof Error) || error instanceof LayerProblem) throw error;
    const shapes = signals.map(({ value, path, line }) =>
      l10n.t('{0} {1} (line {2})', path, formatShape(value.shape), line),
    );
    throw new LayerProblem('shape-mismatch', l10n.t('{0} do not fit together', allOf(shapes)));
  }
}
