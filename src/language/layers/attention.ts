import * as l10n from '@vscode/l10n';
import { formatShape, type Shape, type Value } from '../../compiler/graph/types.ts';
import { add, product, reshape, scale, transpose } from '../../compiler/ops/expressions.ts';
import { affine } from './affine.ts';
import { choice, defaultValue, flag, integer, number, optional, reference } from './arguments.ts';
import { defineLayer, LayerProblem, type LayerContext, type Signal } from './definition.ts';
import { nearestDivisors } from './divisors.ts';
import { uniformByFanIn, xavierUniform, zeros } from './initializers.ts';

/**
 * Added to the score of a position that must not be seen. Finite, so that a row that may see nothing gets even weights
 * where PyTorch gives NaN; in every other row its weight is exactly 0, as with −∞.
 */
const hidden = -1e30;

export const multiheadAttention = defineLayer({
  type: 'MultiheadAttention',
  category: 'attention',
  doc: {
    summary:
      'Lets every position gather from the others: each head weights their values by how well query and key agree. A position that may see nothing at all gathers evenly, where PyTorch has NaN.',
    formula:
      'softmax(Q · Kᵀ / sqrt(head width) + mask) · V, heads side by side, then a linear layer',
    url: 'https://pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html',
  },
  positional: 'num_heads',
  arguments: {
    num_heads: integer('Number of heads; must divide the width.'),
    bias: flag('Whether the projections have biases.', true),
    dropout: number('Probability of dropping an attention weight in training.', {
      min: 0,
      max: 1,
      includes: 'min',
      fallback: defaultValue(0),
    }),
    causal: flag('Whether a position sees only itself and the positions before it.', false),
    key_padding_mask: choice(
      'Hide padding of the data: auto does so where there is any.',
      ['auto', 'true', 'false'],
      'auto',
    ),
    context: optional(
      reference('Layer whose output keys and values come from (cross-attention).'),
      'self-attention',
    ),
  },
  parameters: [
    'in_proj_weight',
    'in_proj_bias',
    'q_proj_weight',
    'k_proj_weight',
    'v_proj_weight',
    'out_proj.weight',
    'out_proj.bias',
  ],
  lower(context, values) {
    const { g, item } = context;
    const source = values.context ? context.resolve(values.context) : context.input;
    if (source === undefined) return undefined;
    const sizes = sizesOf(context, source, values.num_heads);
    const { batch, queries, keys, width, heads, head } = sizes;
    const [q, k, v] = project(context, source, sizes, values.bias);
    const scores = product(g, q, k, { transB: true, alpha: 1 / Math.sqrt(head) });
    const all: Shape = [batch, heads, queries, keys];
    context.tap('scores', reshape(g, scores, all));
    let masked = scores;
    if (values.causal) masked = add(g, masked, causalMask(context, queries, keys));
    const padding = values.key_padding_mask === 'false' ? undefined : context.padding;
    if (values.key_padding_mask === 'true' && padding?.shape[1] !== keys) {
      throw new LayerProblem(
        'bad-value',
        l10n.t(
          'key_padding_mask is true, and the data has no padding for keys of length {0}: leave it out',
          keys,
        ),
        item.places.get('key_padding_mask'),
      );
    }
    if (padding?.shape[1] === keys) {
      const bias = paddingMask(context, padding);
      masked = reshape(g, add(g, reshape(g, masked, all), bias), scores.shape);
    }
    const weights = g.op('Softmax', [masked], { axis: -1 });
    context.tap('weights', reshape(g, weights, all));
    const kept = context.dropout(weights, values.dropout);
    const gathered = reshape(g, g.op('MatMul', [kept, v]), [batch, heads, queries, head]);
    const joined = reshape(g, transpose(g, gathered, [0, 2, 1, 3]), [batch, queries, width]);
    const weight = context.parameter('out_proj.weight', [width, width], uniformByFanIn(width));
    const bias = values.bias ? context.parameter('out_proj.bias', [width], zeros) : undefined;
    return affine(context, joined, weight, bias);
  },
});

interface Sizes {
  readonly batch: number;
  readonly queries: number;
  readonly keys: number;
  readonly width: number;
  readonly sourceWidth: number;
  readonly heads: number;
  /** Width of one head. */
  readonly head: number;
}

function sizesOf(context: LayerContext, source: Signal, heads: number): Sizes {
  const [batch, queries, width] = sequenceShape(context.input);
  const [sourceBatch, keys, sourceWidth] = sequenceShape(source);
  if (sourceBatch !== batch) {
    throw new LayerProblem(
      'shape-mismatch',
      l10n.t(
        'the input {0} (line {1}) and the context {2} (line {3}) have different batch sizes',
        formatShape(context.input.value.shape),
        context.input.line,
        formatShape(source.value.shape),
        source.line,
      ),
    );
  }
  if (width % heads !== 0) {
    throw new LayerProblem(
      'heads-not-dividing',
      l10n.t(
        '{0} heads do not divide the width {1} of the input (line {2}): {3}',
        heads,
        width,
        context.input.line,
        nearestDivisors(width, heads),
      ),
      context.item.places.get('num_heads'),
    );
  }
  return { batch, queries, keys, width, sourceWidth, heads, head: width / heads };
}

function sequenceShape(signal: Signal): readonly [number, number, number] {
  const [batch, positions, width] = signal.value.shape;
  if (
    signal.value.shape.length !== 3 ||
    batch === undefined ||
    positions === undefined ||
    width === undefined
  ) {
    throw new LayerProblem(
      'shape-mismatch',
      l10n.t(
        'MultiheadAttention takes [batch, positions, features], not {0} from line {1}',
        formatShape(signal.value.shape),
        signal.line,
      ),
    );
  }
  return [batch, positions, width];
}

/** Queries, keys and values, each [batch · heads, positions, head width]. */
function project(
  context: LayerContext,
  source: Signal,
  sizes: Sizes,
  withBias: boolean,
): readonly [Value, Value, Value] {
  const { g } = context;
  const { width, sourceWidth } = sizes;
  const same = source.value === context.input.value;
  if (same) {
    const weight = context.parameter('in_proj_weight', [3 * width, width], xavierUniform);
    const bias = withBias ? context.parameter('in_proj_bias', [3 * width], zeros) : undefined;
    return splitHeads(context, affine(context, context.input.value, weight, bias), sizes);
  }
  const weights =
    sourceWidth === width
      ? thirds(context, context.parameter('in_proj_weight', [3 * width, width], xavierUniform))
      : [
          context.parameter('q_proj_weight', [width, width], xavierUniform),
          context.parameter('k_proj_weight', [width, sourceWidth], xavierUniform),
          context.parameter('v_proj_weight', [width, sourceWidth], xavierUniform),
        ];
  const biases = withBias
    ? thirds(context, context.parameter('in_proj_bias', [3 * width], zeros))
    : [];
  const project = (x: Value, index: 0 | 1 | 2): Value => {
    const weight = weights[index];
    if (weight === undefined) throw new Error('a projection has no weight');
    const { batch, heads, head } = sizes;
    const rows = affine(context, x, weight, biases[index]);
    const positions = x.shape[1] ?? 0;
    const split = transpose(g, reshape(g, rows, [batch, positions, heads, head]), [0, 2, 1, 3]);
    return reshape(g, split, [batch * heads, positions, head]);
  };
  const { value } = source;
  return [project(context.input.value, 0), project(value, 1), project(value, 2)];
}

/** The three equal parts of a parameter that stacks query, key and value. */
function thirds(context: LayerContext, stacked: Value): readonly Value[] {
  const part = (stacked.shape[0] ?? 0) / 3;
  return context.g.node('Split', [stacked], { axis: 0, split: [part, part, part] });
}

/** Takes one product [batch, positions, 3 · width] apart. */
function splitHeads(
  context: LayerContext,
  stacked: Value,
  { batch, queries, heads, head }: Sizes,
): readonly [Value, Value, Value] {
  const { g } = context;
  const apart = reshape(g, stacked, [batch, queries, 3, heads, head]);
  const parts = g.node('Split', [transpose(g, apart, [2, 0, 3, 1, 4])], {
    axis: 0,
    split: [1, 1, 1],
  });
  const [q, k, v] = parts.map((part) => reshape(g, part, [batch * heads, queries, head]));
  if (!q || !k || !v) throw new Error('Split into three has three outputs');
  return [q, k, v];
}

/** 0 where query i may see key j ≤ i, else `hidden`: [queries, keys]. */
function causalMask(context: LayerContext, queries: number, keys: number): Value {
  const { g } = context;
  return context.shared(`causal:${queries}:${keys}`, () => {
    const row = g.constant(
      'int32',
      [queries, 1],
      Int32Array.from({ length: queries }, (_, i) => i),
    );
    const column = g.constant(
      'int32',
      [1, keys],
      Int32Array.from({ length: keys }, (_, j) => j),
    );
    return g.op('Where', [g.op('Less', [row, column]), g.scalar(hidden), g.scalar(0)]);
  });
}

/** 0 at positions of the text, `hidden` at padding: [batch, 1, 1, keys]. */
function paddingMask(context: LayerContext, padding: Value): Value {
  const { g } = context;
  return context.shared('padding', () => {
    const [batch = 0, keys = 0] = padding.shape;
    const numbers = g.op('Cast', [reshape(g, padding, [batch, 1, 1, keys])], { to: 1 });
    return scale(g, numbers, hidden);
  });
}
