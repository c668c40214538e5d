import assert from 'node:assert/strict';
import { RandomStream } from '../../src/base/random.ts';
import { verifyGraph } from '../../src/compiler/graph/verify.ts';
import type { NormLayout } from '../../src/compiler/passes/normRows.ts';
import {
  compileEvaluation,
  compileRecording,
  compileTraining,
} from '../../src/compiler/passes/programs.ts';
import { shapeRules } from '../../src/compiler/ops/registry.ts';
import { summarizeRows } from '../../src/statistics/definitions.ts';
import { forwardExample, randomFeeds } from './oracle/examples.ts';
import { interpret } from './oracle/interpreter.ts';
import { runInRuntime } from './oracle/runtime.ts';
import { oracleTensor, type OracleTensor } from './oracle/tensor.ts';

/** Mean and biased variance of each row, in two passes. */
function rowMoments({ data, shape }: OracleTensor): { mean: number; variance: number }[] {
  const features = shape.at(-1)!;
  return Array.from({ length: data.length / features }, (_, row) => {
    const line = [...data.subarray(row * features, (row + 1) * features)];
    const mean = line.reduce((sum, x) => sum + x, 0) / features;
    return { mean, variance: line.reduce((sum, x) => sum + (x - mean) ** 2, 0) / features };
  });
}

function summary(rows: Float64Array, layout: NormLayout, side: 'in' | 'out') {
  const { offset, second } = layout[side];
  const count = layout.rows;
  return summarizeRows(
    Float32Array.from(rows.subarray(offset, offset + count)),
    Float32Array.from(rows.subarray(offset + count, offset + 2 * count)),
    second,
    layout.epsilon,
  );
}

describe('training program', () => {
  it('has loss, a gradient for each parameter and the rows of all norms', () => {
    const program = compileTraining(forwardExample());
    verifyGraph(program.graph, shapeRules);
    assert.deepEqual(
      program.graph.outputs.map(({ name, value }) => [name, ...value.shape]),
      [
        ['rows', 48],
        ['loss'],
        ['grad:unused.weight', 2, 2],
        ['grad:final.weight', 8],
        ['grad:block.norm.bias', 8],
        ['grad:block.norm.weight', 8],
        ['grad:block.up.weight', 8, 6],
      ],
    );
    assert.deepEqual(
      program.norms.map(({ path, rows, features, in: before, out }) => [
        path,
        rows,
        features,
        before,
        out,
      ]),
      [
        [
          'block.norm',
          6,
          8,
          { offset: 0, second: 'inverseStd' },
          { offset: 12, second: 'squares' },
        ],
        [
          'final',
          6,
          8,
          { offset: 24, second: 'centredSquares' },
          { offset: 36, second: 'squares' },
        ],
      ],
    );
  });

  /**
   * The runtime's rows, in float32, against two passes in float64 over the same tensors: means within 1e-6 of the scale,
   * variances within 1e-5 relative, before norms (where activations may lie far from 0) and after them.
   */
  for (const offset of [0, 1e4]) {
    it(`watches norms right where inputs lie around ${offset}`, async () => {
      const program = compileTraining(forwardExample());
      const record = compileRecording(forwardExample());
      const feeds = { ...randomFeeds(forwardExample().builder, 4) };
      const random = new RandomStream(6, 'x');
      feeds['x'] = oracleTensor('float32', [2, 3, 8], () =>
        Math.fround(offset + random.nextNormal()),
      );
      const rows = (await runInRuntime(program.graph, feeds))['rows']!.data;
      const taps = await runInRuntime(record.graph, feeds);
      const watched = {
        'block.norm': { in: 'tap:block.norm.in', out: 'tap:block.norm.out' },
        final: { in: 'tap:block.sum', out: undefined },
      } as const;
      for (const layout of program.norms) {
        for (const side of ['in', 'out'] as const) {
          const tap = watched[layout.path as keyof typeof watched][side];
          if (tap === undefined) continue;
          const moments = rowMoments(taps[tap]!);
          const found = summary(rows, layout, side);
          const average = (values: number[]): number =>
            values.reduce((sum, x) => sum + x, 0) / values.length;
          const scale = Math.max(1, side === 'in' ? offset : 1);
          const mean = average(moments.map((moment) => moment.mean));
          const variance = average(moments.map((moment) => moment.variance));
          assert.ok(Math.abs(found.mean - mean) <= 1e-6 * scale, `mean ${found.mean} for ${mean}`);
          assert.ok(
            Math.abs(found.var / variance - 1) <= 1e-5,
            `${layout.path}.${side}: variance ${found.var} for ${variance}`,
          );
        }
      }
    });
  }

  it('can be compiled again from the same model', () => {
    const model = forwardExample();
    const feeds = randomFeeds(model.builder, 2);
    const first = interpret(compileTraining(model).graph, feeds);
    const second = interpret(compileTraining(model).graph, feeds);
    assert.deepEqual(second, first);
  });
});

describe('evaluation program', () => {
  it('is the forward pass alone, with the same loss', () => {
    const model = forwardExample();
    const { graph } = compileEvaluation(model);
    verifyGraph(graph, shapeRules);
    assert.ok(graph.nodes.every((node) => node.origin.stage === 'forward'));
    const feeds = randomFeeds(model.builder, 2);
    const training = interpret(compileTraining(forwardExample()).graph, feeds)['loss']!;
    const loss = interpret(graph, feeds)['loss']!;
    // The training program shares Φ of the GELU with the backward pass, with √½ as a float32 constant.
    assert.ok(Math.abs(loss.data[0]! / training.data[0]! - 1) < 1e-8);
  });
});

describe('recording program', () => {
  it('fetches every tap, parameter and gradient under a name of its own', () => {
    const { graph, taps } = compileRecording(forwardExample());
    verifyGraph(graph, shapeRules);
    const names = taps.map(({ path, name }) => `${path}.${name}`);
    for (const expected of [
      'block.norm.in',
      'block.sum',
      'block.grad:sum',
      'block.norm.param:weight',
      'block.norm.grad:param:weight',
      'unused.param:weight',
    ]) {
      assert.ok(names.includes(expected), `${expected} is not in ${names.join(' ')}`);
    }
    // What no parameter comes before has no gradient: nothing of the step needs it.
    assert.ok(!names.includes('block.norm.grad:in') && !names.includes('unused.grad:param:weight'));
    const outputs = new Map(graph.outputs.map(({ name, value }) => [name, value]));
    for (const { path, name, output } of taps) {
      const plain = taps.find((tap) => tap.path === path && `grad:${tap.name}` === name);
      assert.ok(outputs.has(output));
      if (plain) assert.deepEqual(outputs.get(plain.output)?.shape, outputs.get(output)?.shape);
    }
  });
});
