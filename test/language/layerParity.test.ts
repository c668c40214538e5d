import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  compileEvaluation,
  compileTraining,
  type BufferSpec,
} from '../../src/compiler/passes/programs.ts';
import { updateBuffers } from '../../src/engine/train/buffers.ts';
import { checkModel } from '../../src/language/check/check.ts';
import { layerDefinitions } from '../../src/language/layers/registry.ts';
import { lowerModel } from '../../src/language/lower/lower.ts';
import { interpret, type Feeds } from '../compiler/oracle/interpreter.ts';
import { oracleTensor, type OracleTensor } from '../compiler/oracle/tensor.ts';

interface FixtureTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface LayerCase {
  readonly name: string;
  readonly layers: readonly string[];
  readonly data: string;
  readonly loss: string;
  readonly vocabulary: number;
  readonly feeds: Readonly<Record<string, FixtureTensor>>;
  readonly parameters: Readonly<Record<string, FixtureTensor>>;
  /** Running statistics, and what one training step makes of them. */
  readonly buffers?: Readonly<Record<string, FixtureTensor>>;
  readonly moved?: Readonly<Record<string, FixtureTensor>>;
  readonly output: FixtureTensor;
  readonly lossValue: number;
  /** Where it is not that of evaluation. */
  readonly trainingLoss?: number;
  readonly gradients: Readonly<Record<string, FixtureTensor>>;
}

const batch = 3;
const cases = ['layers', 'norms', 'convolutions'].flatMap((name) => {
  const file = path.join(import.meta.dirname, `../fixtures/pytorch/${name}.json`);
  const content = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly batch: number;
    readonly cases: readonly LayerCase[];
  };
  assert.equal(content.batch, batch);
  return content.cases;
});

/** Constants of a graph are float32, so that results differ from float64 by about 1e-7 of their size. */
const tolerance = 2e-6;

describe('layers against PyTorch', () => {
  it('covers every layer that computes something of its own', () => {
    const text = cases.flatMap((one) => one.layers).join('\n');
    // Dropout needs its mask, Repeat and Sequential only hold other layers: see the tests of lowering.
    const elsewhere = ['Dropout', 'Dropout2d', 'StochasticDepth', 'Repeat', 'Sequential'];
    const missing = layerDefinitions.filter(({ type }) => !new RegExp(`\\b${type}\\b`).test(text));
    assert.deepEqual(
      missing.map(({ type }) => type),
      elsewhere,
    );
  });

  for (const one of cases) {
    it(`${one.name}: output, loss and gradients`, () => {
      const model = modelOf(one);
      const training = compileTraining(lowerModel(model, { mode: 'training' }));
      const evaluation = compileEvaluation(lowerModel(model, { mode: 'evaluation' }));
      assert.deepEqual(
        training.parameters.map((parameter) => parameter.path).sort(),
        Object.keys(one.parameters).sort(),
      );
      const feeds = feedsOf(one);
      const { output, loss } = interpret(evaluation.graph, feeds);
      assertClose(output, one.output, 'output');
      assertClose(loss, { shape: [], data: [one.lossValue] }, 'loss');
      const found = interpret(training.graph, feeds);
      const trainingLoss = one.trainingLoss ?? one.lossValue;
      assertClose(found['loss'], { shape: [], data: [trainingLoss] }, 'loss in training');
      for (const [name, gradient] of Object.entries(one.gradients)) {
        assertClose(found[`grad:${name}`], gradient, name);
      }
      const moved = moveBuffers(training.buffers, one, found['batchStatistics']);
      assert.deepEqual([...moved.keys()], Object.keys(one.moved ?? {}));
      for (const [name, wanted] of Object.entries(one.moved ?? {})) {
        assertClose(moved.get(name), wanted, name);
      }
    });
  }
});

/** The buffers after the step, by path. */
function moveBuffers(
  specs: readonly BufferSpec[],
  { buffers = {} }: LayerCase,
  statistics: OracleTensor | undefined,
): ReadonlyMap<string, OracleTensor> {
  const values = specs.map(({ path: name }) => Float32Array.from(buffers[name]?.data ?? []));
  updateBuffers(specs, values, values, Float32Array.from(statistics?.data ?? []));
  return new Map(
    specs.map(({ path: name, shape }, index) => [
      name,
      oracleTensor('float32', shape, Array.from(values[index] ?? [])),
    ]),
  );
}

function modelOf(one: LayerCase) {
  const text = [
    'layers:',
    ...one.layers.map((layer) => `  - ${layer}`),
    'train:',
    `  data: ${one.data}`,
    `  loss: ${one.loss}`,
    `  batch: ${batch}`,
  ].join('\n');
  const { diagnostics, model } = checkModel(text, { facts: { vocabulary: one.vocabulary } });
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  assert.deepEqual(errors, []);
  assert.ok(model);
  return model;
}

function feedsOf(one: LayerCase): Feeds {
  const all = { ...one.feeds, ...one.parameters, ...one.buffers };
  return Object.fromEntries(
    Object.entries(all).map(([name, { shape, data }]) => [
      name,
      oracleTensor('float32', shape, data.map(Math.fround)),
    ]),
  );
}

function assertClose(found: OracleTensor | undefined, wanted: FixtureTensor, what: string): void {
  assert.ok(found, `${what} is missing`);
  assert.deepEqual(found.shape, wanted.shape, `shape of ${what}`);
  const size = Math.max(...wanted.data.map(Math.abs), 1e-3);
  wanted.data.forEach((value, index) => {
    const error = Math.abs((found.data[index] ?? NaN) - value) / size;
    assert.ok(error < tolerance, `${what}[${index}]: ${found.data[index]} and not ${value}`);
  });
}
