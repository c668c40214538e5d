import * as l10n from '@vscode/l10n';
import { counted } from '../../base/counts.ts';
import { axisSize } from '../../compiler/graph/shapes.ts';
import { formatShape, sameShape, type Shape, type Value } from '../../compiler/graph/types.ts';
import { reshape } from '../../compiler/ops/expressions.ts';
import type { Fix } from '../syntax/diagnostic.ts';
import { addArgument } from './addArgument.ts';
import { affine } from './affine.ts';
import { LayerProblem, type Item, type LayerContext, type Signal } from './definition.ts';
import { uniformByFanIn } from './initializers.ts';

export const shortcuts = ['identity', 'projection', 'none'] as const;

/** Whether one of the layers, or of those inside of them, convolves: then channels are the second axis, not the last. */
export function convolves(items: readonly Item[]): boolean {
  return items.some(
    ({ definition, parts }) =>
      definition.category === 'convolution' || Object.values(parts).some(convolves),
  );
}

/**
 * The skip of a residual, in the branch's shape; undefined for none, and where a layer of the shortcut has no known output. A
 * projection is a linear layer over the last axis, or, where the branch convolves, a 1×1 convolution whose strides lead to the
 * branch's size, with a norm after it if the residual has one for it; both without bias, as in torchvision's ResNets.
 * Throws `residual-mismatch` where a projection is the remedy, `residual-sizes` where none helps.
 */
export function skipOf(
  context: LayerContext,
  shortcut: (typeof shortcuts)[number],
  branch: Signal,
): Value | undefined {
  if (shortcut === 'none') return undefined;
  const skip = context.input.value.shape;
  const wanted = branch.value.shape;
  const { body = [], shortcut: norm = [] } = context.item.parts;
  const isConvolution = wanted.length > 2 && convolves(body);
  const strides = isConvolution ? stridesBetween(skip, wanted) : undefined;
  const isReachable = strides !== undefined || (!isConvolution && fitsByWidth(skip, wanted));
  if (shortcut === 'projection' && isReachable) {
    if (strides === undefined) return linearProjection(context, wanted);
    const value = convolvedProjection(context, wanted, strides);
    const { path, range } = context.item;
    return context.run(norm, { value, path, line: range.start.line })?.value;
  }
  if (sameShape(skip, wanted)) return context.input.value;
  const shapes = l10n.t(
    'skip {0} from line {1}, branch {2} from line {3}',
    formatShape(skip),
    context.input.line,
    formatShape(wanted),
    branch.line,
  );
  if (!isReachable) {
    const message = isConvolution
      ? l10n.t(
          'skip and branch differ in more than channels, and no stride leads from one size to the other: the body must keep the size, or divide it ({0})',
          shapes,
        )
      : l10n.t(
          'skip and branch differ in more than their width: the body must keep the other axes ({0})',
          shapes,
        );
    throw new LayerProblem('residual-sizes', message);
  }
  throw new LayerProblem(
    'residual-mismatch',
    l10n.t('{0} ({1})', difference(skip, wanted, isConvolution), shapes),
    undefined,
    projectionFix(context.item),
  );
}

function projectionFix({ range, given, places }: Item): readonly Fix[] {
  const held = places.get('shortcut');
  const edit = held
    ? { range: held, text: 'projection' }
    : addArgument(range, given, 'shortcut: projection');
  return edit ? [{ title: l10n.t('Add shortcut: projection'), edits: [edit] }] : [];
}

function difference(skip: Shape, branch: Shape, isConvolution: boolean): string {
  const axis = isConvolution ? 1 : -1;
  const [from, to] = [axisSize(skip, axis), axisSize(branch, axis)];
  if (from !== to)
    return l10n.t(
      'skip has {0}, branch has {1}: add shortcut: projection',
      counted.channels(from),
      to,
    );
  const size = (shape: Shape): string => shape.slice(2).join(' × ');
  return l10n.t(
    'skip is {0} pixels large, branch {1}: add shortcut: projection',
    size(skip),
    size(branch),
  );
}

function fitsByWidth(skip: Shape, wanted: Shape): boolean {
  return sameShape(skip.slice(0, -1), wanted.slice(0, -1));
}

/** The smallest strides that lead a 1×1 convolution from the spatial sizes of `from` to those of `to`; undefined for none. */
function stridesBetween(from: Shape, to: Shape): readonly number[] | undefined {
  if (from.length !== to.length || from[0] !== to[0]) return undefined;
  const strides = to.slice(2).map((wanted, axis) => {
    const size = from[axis + 2] ?? 1;
    const stride = Math.ceil(size / wanted);
    return Math.ceil(size / stride) === wanted ? stride : 0;
  });
  return strides.every((stride) => stride > 0) ? strides : undefined;
}

function linearProjection(context: LayerContext, wanted: Shape): Value {
  const { value: skip } = context.input;
  const features = axisSize(skip.shape, -1);
  const shape = [axisSize(wanted, -1), features];
  const weight = context.parameter('shortcut.weight', shape, uniformByFanIn(features));
  return affine(context, skip, weight, undefined);
}

/** A 1×1 convolution over one or two spatial axes. */
function convolvedProjection(
  context: LayerContext,
  wanted: Shape,
  strides: readonly number[],
): Value {
  const { g, input } = context;
  const [batch = 1, channels = 1, ...size] = input.value.shape;
  const outChannels = axisSize(wanted, 1);
  const weight = context.parameter(
    'downsample.0.weight',
    [outChannels, channels, ...size.map(() => 1)],
    uniformByFanIn(channels),
  );
  const flat = size.length === 1 ? [1] : [];
  const projected = g.op(
    'Conv',
    [
      reshape(g, input.value, [batch, channels, ...flat, ...size]),
      reshape(g, weight, [outChannels, channels, 1, 1]),
    ],
    { strides: [...flat, ...strides], dilations: [1, 1], pads: [0, 0, 0, 0], group: 1 },
  );
  return reshape(g, projected, wanted);
}
