import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Graph } from '../../src/compiler/graph/types.ts';
import { verifyGraph } from '../../src/compiler/graph/verify.ts';
import { encodeModel } from '../../src/compiler/onnx/encode.ts';
import { newGraph, shapeRules } from '../../src/compiler/ops/registry.ts';
import { compileTraining } from '../../src/compiler/passes/programs.ts';
import { schedule } from '../../src/compiler/passes/schedule.ts';
import { loadRuntime } from '../../src/engine/runtime/load.ts';
import { writtenLastFirst } from '../../src/engine/runtime/session.ts';
import { forwardExample, randomFeeds } from './oracle/examples.ts';
import type { Feeds } from './oracle/interpreter.ts';

interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  readonly ts: number;
}

/** Names of the nodes of one run in the order in which the runtime's own profiler saw them. */
async function orderOfRun(graph: Graph, given: Feeds): Promise<readonly string[]> {
  const { InferenceSession, Tensor } = await loadRuntime();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'normscope-profile-'));
  try {
    const session = await InferenceSession.create(encodeModel(graph), {
      graphOptimizationLevel: 'disabled',
      enableProfiling: true,
      profileFilePrefix: path.join(folder, 'run'),
    });
    const feeds = Object.entries(given).map(
      ([name, { dtype, shape, data }]) =>
        [
          name,
          new Tensor(
            dtype,
            dtype === 'int32' ? Int32Array.from(data) : Float32Array.from(data),
            shape,
          ),
        ] as const,
    );
    await session.run(Object.fromEntries(feeds));
    session.endProfiling();
    await session.release();
    const [file = ''] = readdirSync(folder);
    const events = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as ProfileEvent[];
    return events
      .filter(({ cat, name }) => cat === 'Node' && name.endsWith('_kernel_time'))
      .sort((a, b) => a.ts - b.ts)
      .map(({ name }) => name.slice(0, -'_kernel_time'.length));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the order of a program', () => {
  it('makes the first output first, and each node right before the first that reads it', () => {
    const g = newGraph();
    const x = g.input('x', 'float32', [2]);
    const a = g.op('Neg', [x]);
    const late = g.op('Exp', [x]);
    const b = g.op('Tanh', [a]);
    const early = g.op('Sigmoid', [a]);
    g.op('Relu', [x]);
    const graph = g.build('order', [
      { name: 'early', value: early },
      { name: 'late', value: g.op('Add', [b, late]) },
    ]);
    const ordered = schedule(graph);
    verifyGraph(ordered, shapeRules);
    assert.deepEqual(
      ordered.nodes.map(({ op }) => op),
      ['Neg', 'Sigmoid', 'Tanh', 'Exp', 'Add'],
    );
  });

  it('is that of a deep network without running out of stack', () => {
    const g = newGraph();
    let x = g.input('x', 'float32', [1]);
    for (let i = 0; i < 20_000; i++) x = g.op('Neg', [x]);
    const graph = g.build('deep', [{ name: 'y', value: x }]);
    assert.deepEqual(schedule(graph).nodes, graph.nodes);
  });

  it('takes the statistics of a norm right after the norm', () => {
    const { graph } = compileTraining(forwardExample());
    const at = graph.nodes.findIndex(({ op }) => op === 'LayerNormalization');
    assert.equal(graph.nodes[at + 1]?.origin.stage, 'statistics');
  });

  it('is kept by the runtime', async () => {
    const model = forwardExample();
    const { graph } = compileTraining(model);
    const feeds = randomFeeds(model.builder, 1);
    const names = graph.nodes.map(
      ({ op, origin: { path: layer, stage } }) => `${layer}/${stage}/${op}/`,
    );
    const ran = (await orderOfRun(writtenLastFirst(graph), feeds)).map((name) =>
      name.replace(/\d+$/, ''),
    );
    assert.deepEqual(
      ran.filter((name) => names.includes(name)),
      names,
    );
  });
});
