import { axisSize } from '../../compiler/graph/shapes.ts';
import { formatShape, sameShape, type Value } from '../../compiler/graph/types.ts';
import { add, scale } from '../../compiler/ops/expressions.ts';
import { affine } from './affine.ts';
import { choice, defaultValue, layers, normLayer, number, optional } from './arguments.ts';
import { defineLayer, LayerProblem, type LayerContext, type Signal } from './definition.ts';
import { uniformByFanIn } from './initializers.ts';

export const placements = ['pre', 'post', 'peri', 'none'] as const;
export const shortcuts = ['identity', 'projection', 'none'] as const;

export const residual = defineLayer({
  type: 'Residual',
  category: 'container',
  doc: {
    summary:
      'Adds what a list of layers computes (the branch) to what goes into it (the skip). Layers of the body are named by index directly under it, its norm is `norm` (with peri the second one is `norm_out`), a projection `shortcut`.',
    formula:
      'pre: x + f(norm(x)) · post: norm(x + f(x)) · peri: x + norm_out(f(norm(x))) · none: x + f(x)',
    url: 'https://arxiv.org/abs/2002.04745',
  },
  positional: 'body',
  arguments: {
    norm: optional(normLayer('The norm of this block: a norm layer, or none.'), 'none'),
    placement: choice(
      'Where the norm stands: before the branch, after the sum, before and after the branch, or nowhere.',
      placements,
      'pre',
    ),
    shortcut: choice(
      "What the skip is: the input itself, a linear layer without bias to the branch's width, or nothing (a plain net).",
      shortcuts,
      'identity',
    ),
    scale: number('Factor on the branch.', { fallback: defaultValue(1) }),
    body: layers('The layers of the branch.'),
  },
  parameters: ['shortcut.weight'],
  expand(expansion, { norm, placement = 'pre', body }) {
    const place = (name: string, ...places: readonly string[]) =>
      norm && places.includes(placement) ? expansion.layer(name, norm, 'norm') : [];
    return {
      before: place('norm', 'pre', 'peri'),
      body: body ? expansion.sequence(body) : [],
      inner: place('norm_out', 'peri'),
      after: place('norm', 'post'),
    };
  },
  lower(context, values) {
    const { g, item, input } = context;
    const { before = [], body = [], inner = [], after = [] } = item.parts;
    const branch = context.run([...before, ...body, ...inner], input);
    if (branch === undefined) return undefined;
    const scaled = scale(g, branch.value, values.scale);
    const skip = skipOf(context, values.shortcut, branch);
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

function skipOf(
  context: LayerContext,
  shortcut: (typeof shortcuts)[number],
  branch: Signal,
): Value | undefined {
  if (shortcut === 'none') return undefined;
  const { value: skip, line } = context.input;
  const wanted = branch.value.shape;
  const skipChannels = axisSize(skip.shape, -1);
  const branchChannels = axisSize(wanted, -1);
  const fitsByWidth = sameShape(skip.shape.slice(0, -1), wanted.slice(0, -1));
  if (shortcut === 'projection' && fitsByWidth) {
    const weight = context.parameter(
      'shortcut.weight',
      [branchChannels, skipChannels],
      uniformByFanIn(skipChannels),
    );
    return affine(context, skip, weight, undefined);
  }
  if (sameShape(skip.shape, wanted)) return skip;
  const shapes = `skip ${formatShape(skip.shape)} from line ${line}, branch ${formatShape(wanted)} from line ${branch.line}`;
  throw new LayerProblem(
    'residual-mismatch',
    fitsByWidth
      ? `skip has ${skipChannels} channels, branch has ${branchChannels}: add shortcut: projection (${shapes})`
      : `skip and branch differ in more than their width: the body must keep the other axes (${shapes})`,
  );
}
