import { add, scale } from '../../compiler/ops/expressions.ts';
import { choice, defaultValue, layerOf, layers, number, optional } from './arguments.ts';
import { defineLayer } from './definition.ts';
import { convolves, shortcuts, skipOf } from './shortcuts.ts';

export const placements = ['pre', 'post', 'peri', 'none'] as const;

export const residual = defineLayer({
  type: 'Residual',
  category: 'container',
  doc: {
    summary:
      'Adds what a list of layers computes (the branch) to what goes into it (the skip). Layers of the body are named by index directly under it, its norm is `norm` (with peri the second one is `norm_out`), its activation `after`. A projection is `shortcut`; where the branch convolves, a 1×1 convolution with the strides of the branch, `downsample.0`, with `placement: none` followed by the norm, `downsample.1`, as in torchvision’s ResNets.',
    formula:
      'pre: x + f(norm(x)) · post: norm(x + f(x)) · peri: x + norm_out(f(norm(x))) · none: x + f(x)',
    url: 'https://arxiv.org/abs/2002.04745',
  },
  positional: 'body',
  arguments: {
    norm: optional(
      layerOf(
        'norm',
        'The norm of this block, or none; with `placement: none` that of a convolved projection.',
      ),
      'none',
    ),
    placement: choice(
      'Where the norm stands: before the branch, after the sum, before and after the branch, or nowhere.',
      placements,
      'pre',
    ),
    shortcut: choice(
      "What the skip is: the input itself, a linear layer or 1×1 convolution without bias to the branch's shape, or nothing (a plain net).",
      shortcuts,
      'identity',
    ),
    scale: number('Factor on the branch.', { fallback: defaultValue(1) }),
    after: optional(layerOf('activation', 'The activation after the sum, or none.'), 'none'),
    body: layers('The layers of the branch.'),
  },
  parameters: ['shortcut.weight', 'downsample.0.weight'],
  expand(expansion, { norm, placement = 'pre', shortcut, after, body }) {
    const place = (name: string, ...places: readonly string[]) =>
      norm && places.includes(placement) ? expansion.layer(name, norm, 'norm') : [];
    const before = place('norm', 'pre', 'peri');
    const items = body ? expansion.sequence(body) : [];
    const isConvolved = shortcut === 'projection' && convolves(items);
    return {
      before,
      body: items,
      inner: place('norm_out', 'peri'),
      shortcut: isConvolved ? place('downsample.1', 'none') : [],
      after: [
        ...place('norm', 'post'),
        ...(after ? expansion.layer('after', after, 'activation') : []),
      ],
    };
  },
  lower(context, values) {
    const { g, item, input } = context;
    const { before = [], body = [], inner = [], after = [] } = item.parts;
    const branch = context.run([...before, ...body, ...inner], input);
    if (branch === undefined) return undefined;
    const scaled = scale(g, branch.value, values.scale);
    const skip = skipOf(context, values.shortcut, branch);
    if (skip === undefined && values.shortcut !== 'none') return undefined;
    const sum = skip === undefined ? scaled : add(g, skip, scaled);
    context.tap('branch', scaled);
    context.tap('sum', sum);
    if (skip !== undefined) {
      context.tap('skip', skip);
      context.residual({ skip, branch: scaled, sum });
    }
    return context.run(after, { value: sum, path: item.path, line: item.range.start.line })?.value;
  },
});
