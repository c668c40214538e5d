import { integer, layers } from './arguments.ts';
import { defineLayer } from './definition.ts';

export const sequential = defineLayer({
  type: 'Sequential',
  category: 'container',
  doc: {
    summary: 'A list of layers under one name, one after the other.',
    url: 'https://pytorch.org/docs/stable/generated/torch.nn.Sequential.html',
  },
  positional: 'body',
  arguments: { body: layers('The layers.') },
  parameters: [],
  takes: 'anything',
  expand: (expansion, { body }) => ({ body: body ? expansion.sequence(body) : [] }),
  lower: (context) => context.run(context.item.parts['body'] ?? [], context.input)?.value,
});

export const repeat = defineLayer({
  type: 'Repeat',
  category: 'container',
  doc: {
    summary:
      'A list of layers several times in a row, each time with parameters of its own. The times are named 0, 1, 2, ... under it.',
  },
  arguments: {
    times: integer('How often; 0 leaves the layers out.', { min: 0, max: 10_000 }),
    body: layers('The layers of one time.'),
  },
  parameters: [],
  takes: 'anything',
  expand(expansion, { times = 1, body }) {
    if (body === undefined) return {};
    const indices = [...Array(times).keys()];
    return { body: indices.map((index) => expansion.group(String(index), body)) };
  },
  lower: (context) => context.run(context.item.parts['body'] ?? [], context.input)?.value,
});
