import * as l10n from '@vscode/l10n';
import { counted } from '../../base/counts.ts';
import type { GraphBuilder } from '../../compiler/graph/builder.ts';
import { formatShape, sameShape, sizeOf, type Value } from '../../compiler/graph/types.ts';
import {
  add,
  mul,
  negate,
  reduceSum,
  reshape,
  scale,
  sub,
} from '../../compiler/ops/expressions.ts';
import type { LossSettings } from '../settings.ts';
import { defaultValue, integer, number, type ArgumentSpecs, type ValuesOf } from './arguments.ts';
import { LayerProblem } from './definition.ts';

/** What a loss compares. */
export interface LossContext {
  readonly g: GraphBuilder;
  readonly output: Value;
  /** int32, one per position or case; or float32, numbers to predict for each case. */
  readonly targets: Value;
  /** Number of classes that targets can name. */
  readonly classes: number;
  /** What `classes` is called in a model file. */
  readonly className: string;
}

/** Everything that is known of a loss. */
export interface LossDefinition<A extends ArgumentSpecs = ArgumentSpecs> {
  readonly type: LossSettings['type'];
  readonly doc: string;
  readonly arguments: A;
  settings(values: ValuesOf<A>): LossSettings;
}

function define<const A extends ArgumentSpecs>(definition: LossDefinition<A>): LossDefinition {
  return definition;
}

const definitions: readonly LossDefinition[] = [
  define({
    type: 'CrossEntropyLoss',
    doc: 'Mean over the positions of −log of the probability that softmax gives to the target. A batch whose targets are all ignored has loss 0, where PyTorch has NaN.',
    arguments: {
      ignore_index: integer('Target at which nothing is to be predicted.', {
        min: -1e9,
        fallback: defaultValue(-100),
      }),
      label_smoothing: number('Share of the target that is spread evenly over all classes.', {
        min: 0,
        max: 1,
        fallback: defaultValue(0),
      }),
    },
    settings: (values) => ({ type: 'CrossEntropyLoss', ...values }),
  }),
  define({
    type: 'MSELoss',
    doc: 'Mean squared difference of output and target, which have the same shape.',
    arguments: {},
    settings: () => ({ type: 'MSELoss' }),
  }),
];

/** Every loss, by PyTorch's name. */
export const losses: ReadonlyMap<string, LossDefinition> = new Map(
  definitions.map((definition) => [definition.type, definition]),
);

/** Appends the scalar loss. Throws `LayerProblem` when the output does not fit the targets. */
export function lowerLoss(context: LossContext, settings: LossSettings): Value {
  if (context.output.dtype !== 'float32') {
    throw new LayerProblem(
      'needs-numbers',
      l10n.t("{0} compares numbers, and the network's output holds token ids", settings.type),
    );
  }
  return settings.type === 'MSELoss' ? meanSquares(context) : crossEntropy(context, settings);
}

function meanSquares({ g, output, targets }: LossContext): Value {
  if (!sameShape(output.shape, targets.shape)) {
    throw new LayerProblem(
      'loss-mismatch',
      l10n.t(
        "MSELoss compares the output {0} with targets {1}: end with layers that give the targets' shape",
        formatShape(output.shape),
        formatShape(targets.shape),
      ),
    );
  }
  const wanted = targets.dtype === 'float32' ? targets : g.op('Cast', [targets], { to: 1 });
  const difference = sub(g, output, wanted);
  const axes = [...output.shape.keys()];
  return g.op('ReduceMean', [mul(g, difference, difference)], { axes, keepdims: 0 });
}

/**
 * PyTorch's cross entropy with `reduction='mean'`: the average over the targets that are not ignored, with smoothing
 * (1 − s)·nll + s/classes·Σ(−log p). A batch whose targets are all ignored has loss 0, where PyTorch has NaN: it holds nothing
 * to learn, and must not end a training.
 */
function crossEntropy(
  context: LossContext,
  settings: LossSettings & { readonly type: 'CrossEntropyLoss' },
): Value {
  const { g, targets } = context;
  const classes = checkClasses(context);
  const count = sizeOf(targets.shape);
  const flat = reshape(g, targets, [count, 1]);
  const ignored = g.op('Equal', [flat, integerScalar(g, settings.ignore_index)]);
  // An ignored target may lie outside of the classes: look up class 0 instead, and give it no weight.
  const looked = g.op('Where', [ignored, integerScalar(g, 0), flat]);
  const weights = g.op('Cast', [g.op('Not', [ignored])], { to: 1 });
  const logits = reshape(g, context.output, [count, classes]);
  const logProbabilities = g.op('LogSoftmax', [logits], { axis: -1 });
  const picked = g.op('GatherElements', [logProbabilities, looked], { axis: 1 });
  const smoothing = settings.label_smoothing;
  const terms =
    smoothing === 0
      ? picked
      : add(
          g,
          scale(g, picked, 1 - smoothing),
          scale(g, reduceSum(g, logProbabilities, [1], 1), smoothing / classes),
        );
  const total = reduceSum(g, mul(g, terms, weights), [0, 1], 0);
  const found = reduceSum(g, weights, [0, 1], 0);
  const divisor = g.op('Where', [g.op('Equal', [found, g.scalar(0)]), g.scalar(1), found]);
  return negate(g, g.op('Div', [total, divisor]));
}

function integerScalar(g: GraphBuilder, value: number): Value {
  return g.constant('int32', [], Int32Array.of(value));
}

function checkClasses({ output, targets, classes, className }: LossContext): number {
  if (targets.dtype === 'float32') {
    throw new LayerProblem(
      'loss-mismatch',
      l10n.t(
        'CrossEntropyLoss needs classes, and the targets of the data are numbers: use MSELoss, or task: classification',
      ),
    );
  }
  const found = output.shape.at(-1);
  const wanted = formatShape([...targets.shape, classes]);
  if (found === undefined || !sameShape(output.shape.slice(0, -1), targets.shape)) {
    throw new LayerProblem(
      'loss-mismatch',
      l10n.t(
        "the network's output is {0}, CrossEntropyLoss needs {1}: a number per class for each target",
        formatShape(output.shape),
        wanted,
      ),
    );
  }
  if (found < classes) {
    throw new LayerProblem(
      'loss-mismatch',
      l10n.t(
        "the network's output has {0}, the data has {1}: end with Linear: {2}",
        counted.classes(found),
        classes,
        className,
      ),
    );
  }
  return found;
}
