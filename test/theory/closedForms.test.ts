import assert from 'node:assert/strict';
import { newGraph } from '../../src/compiler/ops/registry.ts';
import { differentiate } from '../../src/compiler/passes/differentiate.ts';
import { RandomStream } from '../../src/base/random.ts';
import type { NamedTensor } from '../../src/engine/data/safetensors.ts';
import { recordTaps } from '../../src/engine/train/recording.ts';
import { tensorStatistics } from '../../src/statistics/definitions.ts';
import { interpret } from '../compiler/oracle/interpreter.ts';
import { oracleTensor } from '../compiler/oracle/tensor.ts';
import { openTrainer, probeSeeds, tapOf } from './probeModel.ts';

const rows = 6;
const features = 16;

/** LayerNorm of x·wᵀ in float64, eps 0 up to rounding: [rows, out]. */
function normed(x: readonly number[], w: readonly number[], epsilon = 0): readonly number[] {
  const g = newGraph();
  const input = g.input('x', 'float32', [rows, features]);
  const weight = g.input('w', 'float32', [features, features]);
  const gain = g.full([features], 1);
  const product = g.op('FusedMatMul', [input, weight], { transA: 0, transB: 1, alpha: 1 });
  const y = g.op('LayerNormalization', [product, gain], { axis: -1, epsilon });
  const results = interpret(g.build('norm', [{ name: 'y', value: y }]), {
    x: oracleTensor('float32', [rows, features], x),
    w: oracleTensor('float32', [features, features], w),
  });
  return Array.from(results['y']?.data ?? [], Number);
}

function normals(count: number, name: string): readonly number[] {
  const random = new RandomStream(5, name);
  return Array.from({ length: count }, () => random.nextNormal());
}

/** Largest difference relative to the larger value. */
function difference(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? NaN))));
}

/** Layer normalization's row of the invariance table of Ba, Kiros and Hinton 2016; float64, absolute 1e-12. */
describe('invariances of LayerNorm', () => {
  const x = normals(rows * features, 'x');
  const w = normals(features * features, 'w');
  const plain = normed(x, w);
  const shift = normals(features, 'shift');
  const cases: readonly (readonly [string, boolean, readonly number[]])[] = [
    [
      'scaling all weights',
      true,
      normed(
        x,
        w.map((value) => 3 * value),
      ),
    ],
    [
      'adding one vector to all rows of the weight',
      true,
      normed(
        x,
        w.map((value, i) => value + (shift[i % features] ?? 0)),
      ),
    ],
    [
      'scaling one row of the weight',
      false,
      normed(
        x,
        w.map((value, i) => (i < features ? 3 * value : value)),
      ),
    ],
    [
      'scaling the data',
      true,
      normed(
        x.map((value) => 3 * value),
        w,
      ),
    ],
    [
      'shifting the data',
      false,
      normed(
        x.map((value) => value + 1),
        w,
      ),
    ],
    [
      'scaling one case',
      true,
      normed(
        x.map((value, i) => (i < features ? 3 * value : value)),
        w,
      ),
    ],
  ];
  for (const [name, isInvariant, changed] of cases) {
    it(`${name}: ${isInvariant ? 'invariant' : 'not invariant'}`, () => {
      const changes = difference(plain, changed);
      assert.ok(isInvariant ? changes < 1e-12 : changes > 1e-2, `differs by ${changes}`);
    });
  }
});

describe('closed forms of LayerNorm', () => {
  it('its gradient sums to 0, is orthogonal to xhat, and vanishes for a sum (1e-6)', () => {
    const g = newGraph();
    const x = g.input('x', 'float32', [rows, features]);
    const upstream = g.input('up', 'float32', [rows, features]);
    const y = g.op('LayerNormalization', [x, g.full([features], 1)], { axis: -1, epsilon: 0 });
    const loss = g.op('ReduceSum', [g.op('Mul', [y, upstream])], { axes: [0, 1], keepdims: 0 });
    const gradient = differentiate(g, loss, [x]).get(x);
    assert.ok(gradient);
    const graph = g.build('gradient', [
      { name: 'dx', value: gradient },
      { name: 'y', value: y },
    ]);
    const feed = (up: readonly number[]): Record<string, readonly number[]> => {
      const results = interpret(graph, {
        x: oracleTensor('float32', [rows, features], normals(rows * features, 'x')),
        up: oracleTensor('float32', [rows, features], up),
      });
      return Object.fromEntries(
        Object.entries(results).map(([name, { data }]) => [name, Array.from(data, Number)]),
      );
    };
    const { dx = [], y: xhat = [] } = feed(normals(rows * features, 'up'));
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      let product = 0;
      for (let i = row * features; i < (row + 1) * features; i++) {
        sum += dx[i] ?? NaN;
        product += (dx[i] ?? NaN) * (xhat[i] ?? NaN);
      }
      assert.ok(Math.abs(sum) < 1e-6, `sum ${sum}`);
      assert.ok(Math.abs(product) < 1e-6, `product ${product}`);
    }
    const { dx: ofSum = [] } = feed(new Array<number>(rows * features).fill(1));
    for (const value of ofSum) assert.ok(Math.abs(value) < 1e-6);
  });

  for (const [variance, expected] of [
    [1e-3, 0.9901],
    [1e-4, 0.90909],
    [1e-5, 0.5],
  ] as const) {
    it(`eps share: input variance ${variance} leaves with ${expected} (1e-4), by probe`, async () => {
      // Rows of exactly this variance: a norm without eps in front, then a factor.
      const text = `model: share
layers:
  - LayerNorm: { name: unit, eps: 1e-12, elementwise_affine: false }
  - Mul: { factor: ${Math.sqrt(variance)} }
  - LayerNorm: { name: norm, elementwise_affine: false }
  - Linear: classes
train:
  data: { gaussian-blobs: { classes: 4, features: 512 } }
  loss: CrossEntropyLoss
  optimizer: { SGD: { lr: 0.1 } }
  batch: 16
  steps: 1
`;
      const [report] = await probeSeeds(text, 1, 'norm.*');
      assert.ok(report);
      const { var: measured } = tapOf(report, 'norm.out');
      assert.ok(Math.abs(measured - expected) < 1e-4, `${measured}`);
    });
  }

  it('one-hot rows of width 256: kurtosis 254.0039, largest |xhat| 15.9687 (1e-3), by probe', async () => {
    const weight = new Float32Array(256 * 256);
    for (let i = 0; i < 256; i++) weight[257 * i] = 1;
    const text = `model: one-hot
layers:
  - Embedding: { embedding_dim: 256, num_embeddings: 256, name: tokens, init: { weight: { constant: { val: 0 } } } }
  - LayerNorm: { name: norm, eps: 1e-12, elementwise_affine: false }
  - Linear: vocabulary
train:
  data: { copy: { symbols: 8, length: 4 } }
  loss: CrossEntropyLoss
  optimizer: { SGD: { lr: 0.1 } }
  batch: 8
  steps: 1
`;
    const trainer = await openTrainer(text, 1);
    const tensors = new Map<string, NamedTensor>(
      trainer.tensors().map((tensor) => [tensor.name, tensor]),
    );
    tensors.set('tokens.weight', { name: 'tokens.weight', shape: [256, 256], data: weight });
    trainer.restore(tensors, 0);
    const { threads } = trainer.options;
    const [feeds, forward] = [trainer.feedsOf(0), trainer.forwardOf(0)];
    const wanted = (tap: string): boolean => tap === 'norm.xhat';
    let seen = 0;
    for await (const tap of recordTaps({ forward, threads, feeds, wanted })) {
      seen++;
      const { kurtosis, max } = tensorStatistics(tap.data as Float32Array);
      assert.ok(Math.abs(kurtosis - 254.0039) < 1e-3 * 254, `kurtosis ${kurtosis}`);
      assert.ok(Math.abs(max - 15.9687) < 1e-3, `largest ${max}`);
    }
    assert.equal(seen, 1);
    await trainer.dispose();
  });
});

describe('closed forms of attention and Adam', () => {
  for (const [causal, expected] of [
    [false, 3.4657],
    [true, 2.5487],
  ] as const) {
    it(`attention without preference over 32 positions has entropy ${expected} (1e-4)`, async () => {
      const text = `model: entropy
layers:
  - Embedding: 16
  - MultiheadAttention: { num_heads: 2, causal: ${causal}, name: attention, init: { in_proj_weight: { zeros: {} } } }
  - Linear: vocabulary
train:
  data: { copy: { symbols: 8, length: 16 } }
  loss: CrossEntropyLoss
  optimizer: { SGD: { lr: 0.1 } }
  batch: 2
  steps: 1
`;
      const trainer = await openTrainer(text, 1);
      const { threads } = trainer.options;
      const [feeds, forward] = [trainer.feedsOf(0), trainer.forwardOf(0)];
      const wanted = (tap: string): boolean => tap === 'attention.weights';
      let entropy = NaN;
      for await (const { shape, data } of recordTaps({ forward, threads, feeds, wanted })) {
        const keys = shape[shape.length - 1] ?? NaN;
        assert.equal(keys, 32);
        let sum = 0;
        for (const p of data as Float32Array) if (p > 0) sum -= p * Math.log(p);
        entropy = sum / (data.length / keys);
      }
      assert.ok(Math.abs(entropy - expected) < 1e-4, `${entropy}`);
      await trainer.dispose();
    });
  }

  it("Adam's first step moves every weight by lr (RMS, 1e-3)", async () => {
    const text = `model: adam
layers:
  - Linear: 64
  - Tanh
  - Linear: classes
train:
  data: { gaussian-blobs: { classes: 4, features: 32 } }
  loss: CrossEntropyLoss
  optimizer: { Adam: { lr: 1e-3 } }
  batch: 64
  steps: 10
`;
    const trainer = await openTrainer(text, 1);
    const before = trainer.parameterTensors().map(({ data }) => Float32Array.from(data));
    await trainer.takeStep();
    let squares = 0;
    let count = 0;
    trainer.parameterTensors().forEach(({ data }, index) => {
      data.forEach((value, i) => {
        squares += (value - (before[index]?.[i] ?? NaN)) ** 2;
        count++;
      });
    });
    const rms = Math.sqrt(squares / count);
    assert.ok(Math.abs(rms / 1e-3 - 1) < 1e-3, `${rms}`);
    await trainer.dispose();
  });
});
