import { add } from '../../compiler/ops/expressions.ts';
import { choice, defaultValue, layerOf, layers, number, optional } from './arguments.ts';
import { channelAxis, scaleAddends, scaleWords } from './branchScales.ts';
import { defineLayer } from './definition.ts';
import { numberOrWord } from './numberOrWord.ts';
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
    scale: numberOrWord(
      'Factor on the branch: a number; learned, from 0 (ReZero, SkipInit); learned per-channel (LayerScale). deepnorm scales the skip by (2N)^(1/4), N layers of two such residuals each, for a norm after the sum; a highway gate weights branch and skip.',
      scaleWords,
      { fallback: defaultValue(1) },
    ),
    scale_init: optional(
      number('First value of a learned scale, or of the bias of a highway gate.'),
      '0 for learned, 1e-5 for per-channel, -2 for highway',
    ),
    after: optional(layerOf('activation', 'The activation after the sum, or none.'), 'none'),
    body: layers('The layers of the branch.'),
  },
  parameters: ['shortcut.weight', 'downsample.0.weight', 'scale', 'gate.weight', 'gate.bias'],
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
    const plainSkip = skipOf(context, values.shortcut, branch);
    if (plainSkip === undefined && values.shortcut !== 'none') return undefined;
    const addends = { skip: plainSkip, branch: branch.value };
    const scaled = scaleAddends(context, values.scale, values.scale_init, addends);
    const { skip } = scaled;
    const sum = skip === undefined ? scaled.branch : add(g, skip, scaled.branch);
    context.tap('branch', scaled.branch);
    context.tap('sum', sum);
    if (skip !== undefined) context.tap('skip', skip);
    const summed = { value: sum, path: item.path, line: item.range.start.line };
    const out = context.run(after, summed)?.value;
    if (skip !== undefined && out !== undefined) {
      const axis = channelAxis(item, sum.shape);
      context.residual({ skip, branch: scaled.branch, sum, out, channelAxis: axis });
    }
    return out;
  },
});
