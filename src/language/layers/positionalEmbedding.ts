import * as l10n from '@vscode/l10n';
import { add } from '../../compiler/ops/expressions.ts';
import type { Value } from '../../compiler/graph/types.ts';
import { formatShape } from '../../compiler/graph/types.ts';
import { choice, integer } from './arguments.ts';
import { defineLayer, LayerProblem, type LayerContext } from './definition.ts';
import { fixed } from './initializers.ts';

export const positionalEmbedding = defineLayer({
  type: 'PositionalEmbedding',
  category: 'embedding',
  doc: {
    summary:
      'Adds a vector for each position to [batch, positions, features]: trained as in GPT-2, or sines and cosines as in Vaswani et al. 2017.',
    formula: 'y[b, t] = x[b, t] + weight[t]',
    url: 'https://arxiv.org/abs/1706.03762',
  },
  positional: 'max_length',
  arguments: {
    max_length: integer('Largest number of positions.'),
    kind: choice('Trained vectors, or fixed waves.', ['learned', 'sinusoidal'], 'learned'),
  },
  parameters: ['weight'],
  lower(context, values) {
    const { g, input } = context;
    const [, positions, features] = input.value.shape;
    if (input.value.shape.length !== 3 || positions === undefined || features === undefined) {
      throw new LayerProblem(
        'shape-mismatch',
        l10n.t(
          'PositionalEmbedding takes [batch, positions, features], not {0} from line {1}',
          formatShape(input.value.shape),
          input.line,
        ),
      );
    }
    if (positions > values.max_length) {
      throw new LayerProblem(
        'shape-mismatch',
        l10n.t(
          'the input has {0} positions (line {1}), PositionalEmbedding at most {2}: raise it to {0}',
          positions,
          input.line,
          values.max_length,
        ),
        context.item.places.get('max_length'),
      );
    }
    if (values.kind === 'sinusoidal') {
      if (positions * features > largestTable) {
        throw new LayerProblem(
          'too-large',
          l10n.t('waves for {0} × {1} are too many', positions, features),
        );
      }
      return add(g, input.value, waves(context, positions, features));
    }
    // As torch.nn.Embedding, which GPT-2's position table is.
    const initial = fixed({ kind: 'normal', mean: 0, std: 1 });
    const table = context.parameter('weight', [values.max_length, features], initial);
    const used =
      positions === values.max_length
        ? table
        : g.op('Slice', [table], { axes: [0], starts: [0], ends: [positions] });
    return add(g, input.value, used);
  },
});

const largestTable = 2 ** 25;

/** sin(t / 10000^(2i/d)) at the even, cos at the odd features. */
function waves(context: LayerContext, positions: number, features: number): Value {
  return context.shared(`waves:${positions}:${features}`, () => {
    const data = new Float32Array(positions * features);
    for (let t = 0; t < positions; t++) {
      for (let feature = 0; feature < features; feature++) {
        const angle = t / 10000 ** ((feature - (feature % 2)) / features);
        data[t * features + feature] = feature % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
      }
    }
    return context.g.constant('float32', [positions, features], data);
  });
}
