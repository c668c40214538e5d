import * as l10n from '@vscode/l10n';
import { mul } from '../../compiler/ops/expressions.ts';
import { featureSize, fromData, integer, optional } from './arguments.ts';
import { defineLayer, LayerProblem, type LayerContext } from './definition.ts';
import type { Value } from '../../compiler/graph/types.ts';
import { fixed } from './initializers.ts';

export const embedding = defineLayer({
  type: 'Embedding',
  category: 'embedding',
  doc: {
    summary: 'Looks up a trained vector for every token id.',
    formula: 'y[b, t] = weight[x[b, t]]',
    url: 'https://pytorch.org/docs/stable/generated/torch.nn.Embedding.html',
  },
  positional: 'embedding_dim',
  arguments: {
    embedding_dim: featureSize('Size of each vector.'),
    num_embeddings: integer('Number of token ids.', { fallback: fromData('vocabulary') }),
    padding_idx: optional(
      integer('A token id whose vector is zero and is not trained.', { min: 0 }),
      'every vector is trained',
    ),
  },
  parameters: ['weight'],
  takes: 'tokens',
  lower(context, values) {
    const { g, input } = context;
    const { num_embeddings: count, padding_idx: padding } = values;
    if (padding !== undefined && padding >= count) {
      throw new LayerProblem(
        'bad-value',
        l10n.t('padding_idx {0} is no token id: there are {1}, counted from 0', padding, count),
        context.item.places.get('padding_idx'),
      );
    }
    const zeroRow = padding === undefined ? {} : { zeroRow: padding };
    const initial = fixed({ kind: 'normal', mean: 0, std: 1, ...zeroRow });
    const weight = context.parameter('weight', [count, values.embedding_dim], initial);
    const vectors = g.op('Gather', [weight, input.value], { axis: 0 });
    return padding === undefined ? vectors : mul(g, vectors, keptPositions(context, padding));
  },
});

/** 1 where the token is not `padding`, else 0: [..., 1]. It keeps the padding's vector at zero and untrained. */
function keptPositions(context: LayerContext, padding: number): Value {
  const { g, input } = context;
  const tokens = g.op('Reshape', [input.value], { shape: [...input.value.shape, 1] });
  const isPadding = g.op('Equal', [tokens, g.constant('int32', [], Int32Array.of(padding))]);
  return g.op('Cast', [g.op('Not', [isPadding])], { to: 1 });
}
