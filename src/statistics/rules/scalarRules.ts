import type { Measure, NormFacts, ParameterFacts, RuleFacts } from './facts.ts';
import type { RuleDefinition } from './rule.ts';
import { Window } from './window.ts';

const windowSteps = 1000;
const windowLeast = 50;
const lossSteps = 200;

/** Distance from the rolling mean of the steps before, in their standard deviations. */
function spike(value: (facts: RuleFacts) => number): Measure {
  const window = new Window(windowSteps);
  return (facts) => {
    window.cut(facts.step);
    const { count, mean, std } = window;
    const x = value(facts);
    window.add(facts.step, x);
    if (count < windowLeast || std === 0) return [];
    return [{ path: '', numbers: { sigmas: (x - mean) / std, value: x, mean } }];
  };
}

/** How much lower the mean loss of the last steps is than that of as many before them, in per cent. */
function lossDrop(): Measure {
  const window = new Window(2 * lossSteps);
  return (facts) => {
    window.cut(facts.step);
    window.add(facts.step, facts.loss);
    if (window.count < 2 * lossSteps) return [];
    const before = window.meanOf(0, lossSteps);
    const drop = (100 * (before - window.meanOf(lossSteps, 2 * lossSteps))) / Math.abs(before);
    return [{ path: '', numbers: { drop } }];
  };
}

/** How far a validation's loss lies above the mean training loss of the steps since the validation before. */
function overfitting(): Measure {
  let window = new Window(windowSteps);
  return ({ step, loss, validation }) => {
    window.cut(step);
    const { count, mean: train } = window;
    const isValidated = validation?.step === step;
    if (isValidated) window = new Window(windowSteps);
    window.add(step, loss);
    if (!isValidated || count === 0) return [];
    return [{ path: '', numbers: { gap: (validation.loss - train) / train, train } }];
  };
}

/** Variance of a norm's input over that of the block before, for each series of norms that differ in one number of their path. */
function varianceFactors({ norms }: RuleFacts): ReturnType<Measure> {
  const series = new Map<string, Map<number, NormFacts>>();
  for (const norm of norms) {
    const [, before, index, after] = /^(.*?)\b(\d+)\b(.*)$/.exec(norm.path) ?? [];
    if (index === undefined) continue;
    const key = `${before}*${after}`;
    series.set(key, (series.get(key) ?? new Map<number, NormFacts>()).set(Number(index), norm));
  }
  return [...series.values()].flatMap((blocks) => {
    let factor = Infinity;
    let length = 1;
    let path = '';
    for (let block = 1; blocks.has(block); block++) {
      const [previous, current] = [blocks.get(block - 1), blocks.get(block)];
      if (previous === undefined || current === undefined) break;
      factor = Math.min(factor, current.var / previous.var);
      length++;
      path = current.path;
    }
    return path === '' ? [] : [{ path, numbers: { factor, blocks: length } }];
  });
}

/** The rules that are computed from what each step yields. */
export const scalarRules: readonly RuleDefinition[] = [
  {
    name: 'loss-spike',
    label: 'Loss Spike',
    description:
      'The loss is `sigmas` standard deviations above its mean over the last 1000 steps (from 50 on).',
    condition: 'sigmas >= 7',
    numbers: ['sigmas', 'value', 'mean'],
    steps: 1,
    phase: 'loss',
    remedy: 'Lower the learning rate, clip gradients, or look at this batch.',
    measure: () => spike(({ loss }) => loss),
  },
  {
    name: 'gradient-spike',
    label: 'Gradient Spike',
    description:
      'The gradient norm is `sigmas` standard deviations above its mean over the last 1000 steps (from 50 on).',
    condition: 'sigmas >= 7',
    numbers: ['sigmas', 'value', 'mean'],
    steps: 1,
    phase: 'backward',
    remedy: 'Clip gradients (clip_grad_norm: 1), or look at this batch.',
    measure: () => spike(({ gradNorm }) => gradNorm),
  },
  {
    name: 'vanishing-gradient',
    label: 'Vanishing Gradient',
    description: 'The mean magnitude `mean` of a gradient is close to 0.',
    condition: 'mean < 1e-7',
    numbers: ['mean'],
    steps: 1,
    phase: 'backward',
    remedy: 'Put a norm or a skip connection in front of this layer, or start from larger values.',
    measure: () => perParameter(({ meanGradient }) => ({ mean: meanGradient() })),
  },
  {
    name: 'exploding-gradient',
    label: 'Exploding Gradient',
    description: 'The 2-norm `norm` of all gradients together is very large.',
    condition: 'norm > 1e4',
    numbers: ['norm'],
    steps: 1,
    phase: 'backward',
    remedy: 'Clip gradients, lower the learning rate, or lengthen the warm-up.',
    measure: () => (facts) => [{ path: '', numbers: { norm: facts.gradNorm } }],
  },
  {
    name: 'update-ratio',
    label: 'Update Ratio',
    description: 'log10(std(ΔW) / std(W)) `ratio` of a matrix is far from −3 for 20 steps.',
    condition: 'ratio < -4 or ratio > -2',
    numbers: ['ratio'],
    steps: 20,
    phase: 'update',
    remedy: 'Above −2 lower the learning rate, below −4 raise it.',
    measure: () =>
      perParameter(({ isMatrix, updateRatio }) => isMatrix && { ratio: updateRatio() }),
  },
  {
    name: 'eps-share',
    label: 'Eps Share',
    description:
      "eps is the share `share` of what a norm divides by: its input's variance is tiny.",
    condition: 'share > 0.01',
    numbers: ['share', 'var'],
    steps: 1,
    phase: 'forward',
    remedy: 'Lower eps, or start from larger values in front of this norm.',
    measure: () =>
      perNorm(({ var: variance, epsilon }) => ({
        share: epsilon / (variance + epsilon),
        var: variance,
      })),
  },
  {
    name: 'variance-factor',
    label: 'Variance Grows From Block to Block',
    description:
      'In each of `blocks` blocks the variance in front of the norm is at least `factor` times that of the block before.',
    condition: 'factor > 1.4 and blocks >= 4',
    numbers: ['factor', 'blocks'],
    steps: 1,
    phase: 'forward',
    remedy: 'Start what writes into the residual stream at 1/√(2·depth) of its size.',
    measure: () => varianceFactors,
  },
  {
    name: 'stream-mean',
    label: 'Mean Outweighs Variance',
    description: "The squared mean of a norm's input is `ratio` times its variance.",
    condition: 'ratio > 1',
    numbers: ['ratio'],
    steps: 1,
    phase: 'forward',
    remedy: 'Look for a bias or activation that shifts the residual stream.',
    measure: () => perNorm(({ mean, var: variance }) => ({ ratio: mean ** 2 / variance })),
  },
  {
    name: 'loss-not-decreasing',
    label: 'Loss Not Decreasing',
    description: `The mean loss of the last ${lossSteps} steps is only \`drop\` per cent below that of the ${lossSteps} before.`,
    condition: 'drop < 0.1',
    numbers: ['drop'],
    steps: 1,
    phase: 'loss',
    remedy: 'Change the learning rate, or check that the targets belong to the inputs.',
    measure: lossDrop,
  },
  {
    name: 'overfit',
    label: 'Overfitting',
    description:
      'The validation loss lies by the share `gap` above `train`, the mean training loss since the validation before.',
    condition: 'gap > 0.1',
    numbers: ['gap', 'train'],
    steps: 1,
    phase: 'loss',
    remedy: 'Train on more data, add Dropout or weight decay, or stop here.',
    measure: overfitting,
  },
  {
    name: 'all-zero',
    label: 'All Zero',
    description: 'All elements of a gradient are 0: its mean magnitude `mean` is.',
    condition: 'mean == 0',
    numbers: ['mean'],
    steps: 1,
    phase: 'backward',
    remedy: 'Look whether the loss depends on this layer at all, and for dead units behind it.',
    measure: () => perParameter(({ meanGradient }) => ({ mean: meanGradient() })),
  },
  {
    name: 'unchanged-tensor',
    label: 'Unchanged Tensor',
    description: 'A matrix does not change: `ratio` is minus infinity.',
    condition: 'ratio < -30',
    numbers: ['ratio'],
    steps: 3,
    phase: 'update',
    remedy: 'Look at its gradient and at the learning rate.',
    measure: () =>
      perParameter(({ isMatrix, updateRatio }) => isMatrix && { ratio: updateRatio() }),
  },
];

function perParameter(
  measure: (parameter: ParameterFacts) => Record<string, number> | false,
): Measure {
  return ({ parameters }) =>
    parameters.flatMap((parameter) => {
      const numbers = measure(parameter);
      return numbers === false ? [] : [{ path: parameter.path, numbers }];
    });
}

function perNorm(measure: (norm: NormFacts) => Readonly<Record<string, number>>): Measure {
  return ({ norms }) => norms.map((norm) => ({ path: norm.path, numbers: measure(norm) }));
}
