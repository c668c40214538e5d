import type { LayerFacts, Measure, Measurement, RuleFacts, TapElements } from './facts.ts';
import type { RuleDefinition } from './rule.ts';
import { entropyShare, extremes, idleShare, loudUnits, unitAxis } from './tensors.ts';
import { tensorStatistics } from '../definitions.ts';

/** Steps between two looks at tensors, unless a condition says `every n`. */
const lookEvery = 100;
/** A unit counts as active when it is so at 1 % of the positions. */
const leastActive = 0.01;

type LayerTest = (layer: LayerFacts) => boolean;
type Numbers = Readonly<Record<string, number>>;

function isNorm({ type }: LayerFacts): boolean {
  return /Norm(\dd)?$/.test(type);
}

function isOf(...types: readonly string[]): LayerTest {
  return ({ type }) => types.includes(type);
}

/** A rule over one tap of each layer of some kind. */
function perTap(
  wanted: LayerTest,
  tap: string,
  numbersOf: (elements: TapElements, layer: LayerFacts, axis: number) => Numbers,
): Pick<RuleDefinition, 'taps' | 'measure' | 'every'> {
  const measure: Measure = ({ layers, tap: find }) =>
    layers.filter(wanted).flatMap((layer): readonly Measurement[] => {
      const found = find(`${layer.path}.${tap}`);
      if (!found) return [];
      const axis = unitAxis(layers, layer, found.shape.length);
      return [{ path: layer.path, numbers: numbersOf(found, layer, axis) }];
    });
  return { every: lookEvery, taps: tapsOf(wanted, tap), measure: () => measure };
}

function tapsOf(
  wanted: LayerTest,
  ...taps: readonly string[]
): NonNullable<RuleDefinition['taps']> {
  return (layers) =>
    layers.filter(wanted).flatMap(({ path }) => taps.map((tap) => `${path}.${tap}`));
}

/** Slope at an output y, as a share of the steepest: of tanh 1 − y², of the sigmoid 4y(1 − y). */
function slope(y: number, type: string): number {
  return type === 'Tanh' ? 1 - y * y : 4 * y * (1 - y);
}

/** The share of all norms at whose input one and the same channel is loud: 6 or more at 6 % of the positions. */
function outlierChannels({ layers, tap }: RuleFacts): readonly Measurement[] {
  const counts = new Map<number, number>();
  let inputs = 0;
  for (const layer of layers.filter(isNorm)) {
    const input = tap(`${layer.path}.in`);
    if (!input) continue;
    inputs++;
    const axis = unitAxis(layers, layer, input.shape.length);
    for (const unit of loudUnits(input, axis, 6, 0.06)) {
      counts.set(unit, (counts.get(unit) ?? 0) + 1);
    }
  }
  return [...counts].map(([channel, count]) => ({
    path: '',
    numbers: { layers: count / inputs, channel },
  }));
}

/**
 * Var(branch) / Var(skip) over its theory: 1/l for the l-th residual of a stream to which branches of variance 1 add up, and 1
 * where a norm after the sum brings the stream back to variance 1.
 */
function branchFactors({ layers, tap }: RuleFacts): readonly Measurement[] {
  let place = 0;
  return layers.filter(isOf('Residual')).flatMap(({ path }): readonly Measurement[] => {
    const inside = layers.filter((layer) => layer.path.startsWith(`${path}.`));
    const last = inside.at(-1);
    place = inside.length > 1 && last.path === `${path}.norm` ? 1 : place + 1;
    const [skip, branch] = [tap(`${path}.skip`), tap(`${path}.branch`)];
    if (!skip || !branch) return [];
    const ratio = tensorStatistics(branch.data).var / tensorStatistics(skip.data).var;
    return [{ path, numbers: { factor: ratio * place, ratio } }];
  });
}

function isWeighted({ type }: LayerFacts): boolean {
  return ['Linear', 'Conv1d', 'Conv2d', 'ConvTranspose2d'].includes(type);
}

/** Spread of what a layer makes of its input, over the input's. */
function outputFactors({ layers, tap }: RuleFacts): readonly Measurement[] {
  return layers.filter(isWeighted).flatMap(({ path }): readonly Measurement[] => {
    const [before, after] = [tap(`${path}.in`), tap(`${path}.out`)];
    if (!before || !after) return [];
    const rms = ({ data }: TapElements): number => {
      const { mean, var: variance } = tensorStatistics(data);
      return Math.sqrt(mean * mean + variance);
    };
    return [{ path, numbers: { factor: rms(after) / rms(before) } }];
  });
}

/** The rules that need elements of taps: each looks at some steps only, and computes the taps once more for that. */
export const tensorRules: readonly RuleDefinition[] = [
  {
    name: 'dead-relu',
    label: 'Dead ReLU',
    description: '`share` of the units of a ReLU are active at fewer than 1 % of the positions.',
    condition: 'share > 0.5',
    numbers: ['share'],
    steps: 1,
    phase: 'forward',
    remedy: 'Lower the learning rate, put a norm in front, or use GELU or LeakyReLU.',
    ...perTap(isOf('ReLU'), 'out', (out, _, axis) => ({
      share: idleShare(out, axis, leastActive, (y) => y > 0),
    })),
  },
  {
    name: 'saturated',
    label: 'Saturated Activation',
    description:
      '`share` of the units of a Tanh or Sigmoid have a slope above 1 % of the steepest at fewer than 1 % of the positions.',
    condition: 'share > 0.5',
    numbers: ['share'],
    steps: 1,
    phase: 'forward',
    remedy: 'Start from smaller weights in front of it, or put a norm there.',
    ...perTap(isOf('Tanh', 'Sigmoid'), 'out', (out, { type }, axis) => ({
      share: idleShare(out, axis, leastActive, (y) => slope(y, type) >= 0.01),
    })),
  },
  {
    name: 'kurtosis',
    label: 'Heavy Tails',
    description:
      "The kurtosis `kurtosis` of a norm's input is large (3 for a Gaussian): a few elements dominate.",
    condition: 'kurtosis > 20',
    numbers: ['kurtosis'],
    steps: 1,
    phase: 'forward',
    remedy:
      'Look at the largest elements with topk(abs(in), 5); weight decay and a smaller learning rate help.',
    ...perTap(isNorm, 'in', ({ data }) => ({ kurtosis: tensorStatistics(data).kurtosis })),
  },
  {
    name: 'massive-activation',
    label: 'Massive Activation',
    description:
      "The largest magnitude `largest` of a norm's input is `ratio` times the median one (Sun et al. 2024).",
    condition: 'largest > 100 and ratio >= 1000',
    numbers: ['largest', 'ratio'],
    steps: 1,
    phase: 'forward',
    remedy:
      'Look at its place with topk(abs(in), 5); it is often one token that attention rests on.',
    ...perTap(isNorm, 'in', extremes),
  },
  {
    name: 'outlier-channel',
    label: 'Outlier Channel',
    description:
      'Channel `channel` is 6 or more at 6 % of the positions, in the share `layers` of all norm inputs (Dettmers et al. 2022).',
    condition: 'layers >= 0.25',
    numbers: ['layers', 'channel'],
    steps: 1,
    phase: 'forward',
    remedy:
      'Weight decay on the gains, or a smaller learning rate; it makes the model hard to quantize.',
    every: lookEvery,
    taps: tapsOf(isNorm, 'in'),
    measure: () => outlierChannels,
  },
  {
    name: 'attention-entropy',
    label: 'Attention Collapses',
    description:
      'The entropy of the attention weights of one head is only the share `share` of its maximum (Zhai et al. 2023).',
    condition: 'share < 0.05',
    numbers: ['share'],
    steps: 1,
    phase: 'forward',
    remedy: 'Lower the learning rate, lengthen the warm-up, or put norms on queries and keys.',
    ...perTap(isOf('MultiheadAttention'), 'weights', (weights) => ({
      share: entropyShare(weights),
    })),
  },
  {
    name: 'attention-logits',
    label: 'Large Attention Scores',
    description:
      'The largest magnitude `largest` of the attention scores is far beyond what a softmax can tell apart.',
    condition: 'largest > 1e4',
    numbers: ['largest'],
    steps: 1,
    phase: 'forward',
    remedy: 'Lower the learning rate, or put norms on queries and keys.',
    ...perTap(isOf('MultiheadAttention'), 'scores', (scores) => ({
      largest: extremes(scores).largest,
    })),
  },
  {
    name: 'branch-ratio',
    label: 'Strong Branch',
    description:
      'At the first step the variance of a residual branch is `ratio` times that of its skip: `factor` times what branches of variance 1 that add up would have.',
    condition: 'factor > 4',
    numbers: ['factor', 'ratio'],
    steps: 1,
    phase: 'forward',
    remedy: 'Start what writes into the residual stream at 1/√(2·depth) of its size.',
    every: Infinity,
    taps: tapsOf(isOf('Residual'), 'skip', 'branch'),
    measure: () => branchFactors,
  },
  {
    name: 'poor-init',
    label: 'Poor Initialization',
    description: 'At the first step the output of a layer is `factor` times the size of its input.',
    condition: 'factor < 0.02 or factor > 20',
    numbers: ['factor'],
    steps: 1,
    phase: 'forward',
    remedy: 'Draw its weights with a standard deviation around 1/√fan_in: see `init`.',
    every: Infinity,
    taps: tapsOf(isWeighted, 'in', 'out'),
    measure: () => outputFactors,
  },
];
