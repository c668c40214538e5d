import type { RunInfo, StepsEvent, StreamEvent } from '../../src/protocol/engine.ts';
import { toJson } from '../../src/base/json.ts';
import type { ViewModel, ViewRun } from '../../src/protocol/view.ts';
import { RandomStream } from '../../src/base/random.ts';
import { normWidth } from '../../src/statistics/taps.ts';
import {
  childrenOf,
  type Topology,
  type TopologyGroup,
  type TopologyItem,
  type TopologyLayer,
  type TopologyResidual,
} from '../../src/topology/topology.ts';

const width = 128;
const context = 64;
const vocabulary = 81;

export function layer(
  path: string,
  type: string,
  line: number,
  outputShape: readonly number[],
  parameters = 0,
): TopologyLayer {
  const isNorm = type.includes('Norm');
  const role = isNorm ? 'norm' : type === 'CrossEntropyLoss' ? 'loss' : 'layer';
  return { kind: 'layer', role, path, type, line, outputShape, parameters };
}

export function sumOfParameters(items: readonly TopologyItem[]): number {
  return items.reduce((sum, item) => sum + item.parameters, 0);
}

export function residual(
  path: string,
  line: number,
  branch: readonly TopologyItem[],
  more: Partial<TopologyResidual> = {},
): TopologyResidual {
  return {
    kind: 'residual',
    path,
    line,
    placement: 'pre',
    shortcut: 'identity',
    outputShape: [context, width],
    parameters: sumOfParameters(branch),
    branch,
    skip: [],
    after: [],
    ...more,
  };
}

function block(path: string): TopologyGroup {
  const stream = [context, width];
  const norm = 2 * width;
  const attention = residual(`${path}.attention`, 6, [
    layer(`${path}.attention.norm`, 'LayerNorm', 8, stream, norm),
    layer(`${path}.attention.0`, 'MultiheadAttention', 13, stream, 4 * (width * width + width)),
  ]);
  const mlp = residual(`${path}.mlp`, 14, [
    layer(`${path}.mlp.norm`, 'LayerNorm', 16, stream, norm),
    layer(`${path}.mlp.0`, 'Linear', 18, [context, 4 * width], 4 * width * (width + 1)),
    layer(`${path}.mlp.1`, 'GELU', 18, [context, 4 * width]),
    layer(`${path}.mlp.2`, 'Linear', 18, stream, width * (4 * width + 1)),
  ]);
  const items = [attention, mlp];
  return {
    kind: 'group',
    label: path,
    path,
    line: 23,
    outputShape: stream,
    parameters: sumOfParameters(items),
    items,
  };
}

/** A Repeat of blocks: one is by itself, several are a group. */
function blocks(depth: number): readonly TopologyGroup[] {
  const items = Array.from({ length: depth }, (_, i) => block(`blocks.${i}`));
  if (items.length < 2) return items;
  const parameters = sumOfParameters(items);
  const outputShape = [context, width];
  return [
    {
      kind: 'group',
      label: 'blocks',
      path: 'blocks',
      line: 23,
      outputShape,
      parameters,
      times: depth,
      items,
    },
  ];
}

/** A pre-norm GPT on characters, as the example has it. */
export function gptTopology(depth: number): Topology {
  const stream = [context, width];
  return {
    name: 'char-gpt',
    items: [
      layer('embedding', 'Embedding', 21, stream, vocabulary * width),
      layer('positions', 'PositionalEmbedding', 22, stream, context * width),
      ...blocks(depth),
      layer('norm', 'LayerNorm', 24, stream, 2 * width),
      layer('head', 'Linear', 25, [context, vocabulary], vocabulary * (width + 1)),
      layer('loss', 'CrossEntropyLoss', 29, []),
    ],
    links: [],
  };
}

export function modelOf(topology: Topology, more: Partial<ViewModel> = {}): ViewModel {
  return {
    name: topology.name,
    fileName: `${topology.name}.model.yaml`,
    uri: `file:///examples/${topology.name}.model.yaml`,
    topology: toJson(topology),
    stale: false,
    problems: [],
    ...more,
  };
}

function normsIn(items: readonly TopologyItem[]): TopologyLayer[] {
  return items.flatMap((item) => {
    if (item.kind === 'layer') return item.role === 'norm' ? [item] : [];
    return normsIn(childrenOf(item));
  });
}

export function runInfo(topology: Topology, steps = 2000): RunInfo {
  return {
    id: '2025-11-24-0931-char-gpt',
    directory: '/examples/.normscope/runs/2025-11-24-0931-char-gpt',
    modelPath: '/examples/char-gpt.model.yaml',
    modelName: topology.name,
    step: 0,
    steps,
    seed: 1337,
    threads: 2,
    parameters: sumOfParameters(topology.items),
    norms: normsIn(topology.items).map(({ path, type, line }) => ({ path, type, line })),
    compileMilliseconds: 180,
  };
}

/**
 * Steps like those of a pre-norm GPT: the loss falls from ln 81, the stream's variance grows with depth and training, outputs of
 * norms drift away from 1 with their gain.
 */
export function stepsOf(norms: number, first: number, count: number, seed = 1): StepsEvent {
  const random = new RandomStream(seed, 'sample', first);
  const loss = new Float64Array(count);
  const lr = new Float64Array(count);
  const gradNorm = new Float64Array(count);
  const values = new Float32Array(count * norms * normWidth);
  for (let i = 0; i < count; i++) {
    const step = first + i;
    const fall = Math.exp(-step / 120) * 1.9 + 0.75 * Math.exp(-step / 900);
    loss[i] = 1.74 + fall + 0.05 * random.nextNormal();
    lr[i] =
      step < 100
        ? (1e-3 * (step + 1)) / 100
        : 1e-4 + 4.5e-4 * (1 + Math.cos((Math.PI * (step - 100)) / 1900));
    gradNorm[i] = (0.45 + 2.4 * Math.exp(-step / 60)) * Math.exp(0.18 * random.nextNormal());
    for (let norm = 0; norm < norms; norm++) {
      const depth = norm / Math.max(1, norms - 1);
      const grown = 1 - Math.exp(-step / 400);
      const inVar =
        (0.004 + 1.9 * depth ** 1.4) *
        (1 + 2.2 * grown * (0.4 + depth)) *
        Math.exp(0.04 * random.nextNormal());
      const inMean = 0.02 * Math.sin(step / 160 + norm) * Math.sqrt(inVar);
      const outVar = (1 - 0.002 * (1 - depth)) * (1 + 0.5 * grown * (depth - 0.35));
      const outMean = 0.015 * grown * Math.cos(step / 300 + norm);
      values.set(
        [
          inMean,
          inVar,
          outMean,
          outVar,
          inMean - 0.25 * Math.sqrt(inVar),
          inMean + 0.3 * Math.sqrt(inVar),
          inVar * 0.55,
          inVar * 1.9,
          outMean - 0.08,
          outMean + 0.1,
          outVar * 0.93,
          outVar * 1.08,
        ],
        (i * norms + norm) * normWidth,
      );
    }
  }
  return { first, loss, lr, gradNorm, norms: values };
}

/** The stream of a pre-norm net at its beginning: each branch adds about the same, to a stream that has grown. */
export function streamOf(topology: Topology, step: number): StreamEvent {
  const paths = residualsIn(topology.items);
  const points = paths.map((path, i) => {
    const skip = (0.02 + i * 0.45) * (1 + step / 2000);
    const branch = 0.45 * (i % 2 === 0 ? 0.7 : 1.3);
    const moments = (variance: number) => ({ rms: Math.sqrt(variance), var: variance });
    return {
      path,
      skip: moments(skip),
      branch: moments(branch),
      sum: moments(skip + branch),
      signal: { squaredMean: 0.3 * skip, variance: skip + branch, branchVariance: branch },
    };
  });
  return { step, points };
}

function residualsIn(items: readonly TopologyItem[]): string[] {
  return items.flatMap((item) => [
    ...(item.kind === 'residual' && item.shortcut !== 'none' ? [item.path] : []),
    ...residualsIn(childrenOf(item)),
  ]);
}

/** A run over cases of classes, with its epochs. */
export function scoredRunOf(topology: Topology, taken: number): ViewRun {
  const run = runOf(topology, taken);
  const shareAt = (step: number) => 0.94 - 0.84 * Math.exp(-step / 150);
  const random = new RandomStream(7, 'accuracy', 0);
  const noisy = (step: number) => Math.min(1, shareAt(step) + 0.03 * random.nextNormal());
  const accuracy = Float64Array.from({ length: taken }, (_, step) => noisy(step));
  return {
    ...run,
    info: { ...run.info, stepsPerEpoch: 120 },
    history: run.history.map((steps) => ({ ...steps, accuracy })),
    validations: run.validations.map((one) => ({ ...one, accuracy: shareAt(one.step) - 0.02 })),
  };
}

/** A run of `taken` steps that is under way. */
export function runOf(topology: Topology, taken: number, more: Partial<ViewRun> = {}): ViewRun {
  const info = runInfo(topology);
  const validations = Array.from({ length: Math.floor(taken / 250) }, (_, i) => {
    const step = (i + 1) * 250;
    return { step, loss: 1.79 + Math.exp(-step / 120) * 1.9 + 0.76 * Math.exp(-step / 900) };
  });
  return {
    info,
    status: { state: 'training', step: taken, stepsPerSecond: 34.2 },
    history: taken === 0 ? [] : [{ ...stepsOf(info.norms.length, 0, taken), stride: 1 }],
    validations,
    ...(taken > 0 && { streams: [streamOf(topology, taken)] }),
    ...more,
  };
}
