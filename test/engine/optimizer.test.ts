import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildKernel } from '../../scripts/kernel.ts';
import type { ParameterSpec } from '../../src/compiler/passes/programs.ts';
import { createKernel } from '../../src/engine/kernel/kernel.ts';
import { MemoryPlan } from '../../src/engine/kernel/memory.ts';
import { clipFactor } from '../../src/engine/train/optimizer.ts';
import { planState, TrainingState } from '../../src/engine/train/state.ts';
import type { OptimizerSettings } from '../../src/language/settings.ts';

interface Tensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
type Tensors = Readonly<Record<string, Tensor>>;

interface OptimizerFixtures {
  readonly initial: Tensors;
  readonly gradients: readonly Tensors[];
  readonly cases: readonly {
    readonly name: string;
    readonly optimizer: OptimizerSettings;
    readonly clipGradNorm: number | null;
    readonly lr: readonly number[];
    readonly gradNorm: readonly number[];
    readonly after: Readonly<Record<string, Tensors>>;
  }[];
}

interface ClipFixtures {
  readonly cases: readonly {
    readonly name: string;
    readonly maxNorm: number;
    readonly norm: number;
    readonly gradients: Tensors;
    readonly clipped: Tensors;
  }[];
}

function fixture(name: string): unknown {
  const file = path.join(import.meta.dirname, '../fixtures/pytorch', name);
  return JSON.parse(readFileSync(file, 'utf8'));
}

function specs(tensors: Tensors): readonly ParameterSpec[] {
  return Object.entries(tensors).map(([name, { shape }]) => ({
    path: name,
    shape,
    initializer: { kind: 'constant', value: 0 },
  }));
}

function newState(
  tensors: Tensors,
  optimizer: OptimizerSettings,
  clip: number | undefined,
  accumulate = 1,
): TrainingState {
  const plan = new MemoryPlan();
  const state = planState(plan, specs(tensors), optimizer, accumulate);
  const training = new TrainingState(createKernel(plan), state, optimizer, clip);
  Object.values(tensors).forEach(({ data }, index) => {
    training.parameter(index).set(data);
  });
  return training;
}

/** Elements agree within `tolerance` of the largest of the tensor. */
function assertClose(found: Float32Array, expected: readonly number[], tolerance: number): void {
  assert.equal(found.length, expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  found.forEach((x, i) => {
    const difference = Math.abs(x - expected[i]!);
    assert.ok(difference <= tolerance * largest, `element ${i}: ${x} against ${expected[i]!}`);
  });
}

describe('optimizers against PyTorch in float64', () => {
  before(buildKernel);
  const { initial, gradients, cases } = fixture('optimizers.json') as OptimizerFixtures;

  for (const { name, optimizer, clipGradNorm, lr, gradNorm, after } of cases) {
    it(name, () => {
      const state = newState(initial, optimizer, clipGradNorm ?? undefined);
      gradients.forEach((step, number) => {
        Object.values(step).forEach(({ data }, index) => {
          state.gradient(index).set(data);
        });
        const outcome = state.update(lr[number]!);
        assert.equal(outcome.broken, undefined);
        assert.ok(Math.abs(outcome.gradNorm / gradNorm[number]! - 1) < 1e-6);
        state.accept();
        Object.values(after[String(number + 1)] ?? {}).forEach(({ data }, index) => {
          // Float32 rounding adds up over the steps: 2e-7 a step is above what it does here.
          assertClose(state.parameter(index), data, 2e-7 * (number + 1) + 1e-7);
        });
      });
    });
  }
});

describe('clipping', () => {
  const { cases } = fixture('clipGradNorm.json') as ClipFixtures;
  for (const { name, maxNorm, norm, gradients, clipped } of cases) {
    it(`has PyTorch's factor: ${name}`, () => {
      for (const [key, { data }] of Object.entries(gradients)) {
        const scaled = Float32Array.from(data, (x) => x * clipFactor(norm, maxNorm));
        assertClose(scaled, clipped[key]!.data, 2e-7);
      }
    });
  }
});

describe('training state', () => {
  const tensors = { weight: { shape: [3, 3], data: [1, 2, 3, 4, 5, 6, 7, 8, 9] } };
  const adam: OptimizerSettings = {
    type: 'AdamW',
    lr: 0.1,
    betas: [0.9, 0.999],
    eps: 1e-8,
    weight_decay: 0.1,
    decay: 'all',
  };

  it('leaves parameters and optimizer state alone until the step is accepted', () => {
    const state = newState(tensors, adam, undefined);
    state.gradient(0).fill(1);
    state.update(0.1);
    state.accept();
    const before = [state.parameter(0), state.optimizerState(0, 0), state.optimizerState(1, 0)];
    const copies = before.map((array) => array.slice());
    state.update(0.1);
    assert.deepEqual(before, copies);
    assert.equal(state.step, 1);
    const old = state.parameter(0).slice();
    state.accept();
    assert.notDeepEqual(state.parameter(0), old);
  });

  it('averages the gradients of accumulated batches', () => {
    const state = newState(tensors, adam, undefined, 4);
    const batches = [1, 2, 3, 6];
    for (const [index, value] of batches.entries()) {
      state.batchGradient(0).fill(value);
      state.accumulate(index, batches.length);
    }
    assert.deepEqual([...state.gradient(0)], new Array(9).fill(3));
    assert.ok(Math.abs(state.update(0.1).gradNorm - 9) < 1e-12);
  });

  it('reports a norm that is not finite and the parameter that an update breaks', () => {
    const state = newState(tensors, adam, undefined);
    state.gradient(0)[4] = NaN;
    assert.ok(Number.isNaN(state.update(0.1).gradNorm));
    state.gradient(0)[4] = 1;
    assert.equal(state.update(1e39).broken, 'weight');
  });

  it('takes eps 0 without dividing zero by zero in elements that have no gradient', () => {
    const state = newState(tensors, { ...adam, eps: 0 }, undefined);
    state.gradient(0)[0] = 1;
    assert.equal(state.update(0.1).broken, undefined);
  });
});
