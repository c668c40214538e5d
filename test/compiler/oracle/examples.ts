import type { GraphBuilder } from '../../../src/compiler/graph/builder.ts';
import type {
  BatchInput,
  ForwardModel,
  NormSite,
  Parameter,
  ResidualSite,
  Tap,
} from '../../../src/compiler/graph/model.ts';
import type { Shape, Value } from '../../../src/compiler/graph/types.ts';
import { newGraph } from '../../../src/compiler/ops/registry.ts';
import { compileTraining, type TrainingProgram } from '../../../src/compiler/passes/programs.ts';
import { RandomStream } from '../../../src/base/random.ts';
import type { Feeds } from './interpreter.ts';
import { oracleTensor, type OracleTensor } from './tensor.ts';

/**
 * A small pre-norm residual block with a LayerNorm, an RMSNorm, a tied weight, and a parameter that the loss does not see, made
 * by hand as lowering would make it: x + W₂ᵀ·gelu(W₁·norm(x)) → rms → mean of squares.
 */
export function forwardExample(): ForwardModel {
  const g = newGraph();
  const parameters: Parameter[] = [];
  const parameter = (path: string, shape: Shape): Value => {
    const value = g.input(path, 'float32', shape);
    parameters.push({ path, value, initializer: { kind: 'normal', mean: 0, std: 1 } });
    return value;
  };
  const x = g.input('x', 'float32', [2, 3, 8]);
  const w1 = parameter('block.up.weight', [8, 6]);
  const gain = parameter('block.norm.weight', [8]);
  const bias = parameter('block.norm.bias', [8]);
  const rmsGain = parameter('final.weight', [8]);
  parameter('unused.weight', [2, 2]);
  const within = (path: string, line: number, build: () => readonly Value[]): readonly Value[] =>
    g.within({ stage: 'forward', path, line }, build);
  const [y, mean, inverseStd] = within('block.norm', 5, () =>
    g.node('LayerNormalization', [x, gain, bias], { axis: -1, epsilon: 1e-5 }),
  );
  const [branch] = within('block.up', 6, () => {
    const hidden = g.op('Gelu', [g.op('MatMul', [y!, w1])], { approximate: 'none' });
    return [g.op('FusedMatMul', [hidden, w1], { transA: 0, transB: 1, alpha: 0.5 })];
  });
  const [sum] = within('block', 4, () => g.node('Add', [x, branch!]));
  const [out] = within('final', 8, () =>
    g.node('SimplifiedLayerNormalization', [sum!, rmsGain], { axis: -1, epsilon: 1e-6 }),
  );
  const squares = g.op('ReduceSumSquare', [out!], { axes: [0, 1, 2], keepdims: 0 });
  const loss = g.op('Mul', [squares, g.op('Add', [squares, g.scalar(0.01)])]);
  const norms: readonly NormSite[] = [
    {
      path: 'block.norm',
      line: 5,
      type: 'LayerNorm',
      input: x,
      output: y!,
      epsilon: 1e-5,
      own: { mean: mean!, inverseStd: inverseStd! },
    },
    { path: 'final', line: 8, type: 'RMSNorm', input: sum!, output: out!, epsilon: 1e-6 },
  ];
  const residuals: readonly ResidualSite[] = [
    { path: 'block', line: 4, skip: x, branch: branch!, sum: sum!, out: sum!, channelAxis: 2 },
  ];
  const taps: readonly Tap[] = [
    { path: 'block.norm', name: 'in', value: x },
    { path: 'block.norm', name: 'out', value: y! },
    { path: 'block', name: 'skip', value: x },
    { path: 'block', name: 'branch', value: branch! },
    { path: 'block', name: 'sum', value: sum! },
  ];
  const batch: readonly BatchInput[] = [{ name: 'x', role: 'input', value: x }];
  return {
    builder: g,
    batch,
    masks: [],
    parameters,
    buffers: [],
    taps,
    norms,
    residuals,
    layers: [],
    output: out!,
    loss,
  };
}

export function trainingExample(): TrainingProgram {
  return compileTraining(forwardExample());
}

/** Random float inputs for a graph. */
export function randomFeeds(graph: Pick<GraphBuilder, 'inputs'>, seed: number): Feeds {
  return Object.fromEntries(
    graph.inputs.map(({ name, value }): [string, OracleTensor] => {
      const random = new RandomStream(seed, name);
      return [name, oracleTensor('float32', value.shape, () => Math.fround(random.nextNormal()))];
    }),
  );
}
