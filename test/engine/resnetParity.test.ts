import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildKernel } from '../../scripts/kernel.ts';
import { compileTraining } from '../../src/compiler/passes/programs.ts';
import type { DataSource } from '../../src/engine/data/source.ts';
import { createTrainer } from '../../src/engine/train/createTrainer.ts';
import { lowerModel } from '../../src/language/lower/lower.ts';
import { interpret } from '../compiler/oracle/interpreter.ts';
import { oracleTensor, type OracleTensor } from '../compiler/oracle/tensor.ts';
import { rightModel } from '../language/support.ts';

interface FixtureTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
type Tensors = Readonly<Record<string, FixtureTensor>>;

const given = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '../fixtures/pytorch/narrowResnet.json'), 'utf8'),
) as {
  readonly batch: number;
  readonly size: number;
  readonly classes: number;
  readonly losses: readonly number[];
  readonly batches: readonly {
    readonly features: FixtureTensor;
    readonly targets: FixtureTensor;
  }[];
  readonly initial: Tensors;
  readonly output: FixtureTensor;
  readonly gradients: Tensors;
  readonly buffers: Tensors;
};

function convolution(name: string, channels: number, stride: number): string {
  return `          - Conv2d: { name: ${name}, out_channels: ${channels}, kernel_size: 3, stride: ${stride}, padding: 1, bias: false }`;
}

function block(
  name: string,
  channels: number,
  shortcut: string,
  stride: number,
): readonly string[] {
  return [
    `  ${name}:`,
    `    - Residual:`,
    `        norm: BatchNorm2d`,
    `        placement: none`,
    `        shortcut: ${shortcut}`,
    `        after: ReLU`,
    `        body:`,
    convolution('conv1', channels, stride),
    `          - BatchNorm2d: { name: bn1 }`,
    `          - ReLU`,
    convolution('conv2', channels, 1),
    `          - BatchNorm2d: { name: bn2 }`,
  ];
}

const text = [
  'define:',
  ...block('Block4', 4, 'identity', 1),
  ...block('Down8', 8, 'projection', 2),
  ...block('Block8', 8, 'identity', 1),
  'layers:',
  `  - Reshape: [1, ${given.size}, ${given.size}]`,
  '  - Conv2d: { name: conv1, out_channels: 4, kernel_size: 7, stride: 2, padding: 3, bias: false }',
  '  - BatchNorm2d: { name: bn1 }',
  '  - ReLU',
  '  - MaxPool2d: { kernel_size: 3, stride: 2, padding: 1 }',
  '  - Sequential: { name: layer1, body: [Block4] }',
  '  - Sequential: { name: layer2, body: [Down8, Block8] }',
  '  - AdaptiveAvgPool2d: 1',
  '  - Flatten',
  '  - Linear: { name: fc, out_features: classes }',
  'train:',
  `  data: { gaussian-blobs: { classes: ${given.classes}, features: ${given.size ** 2} } }`,
  '  optimizer: { SGD: { lr: 0.02, momentum: 0.9, weight_decay: 5e-4 } }',
  `  batch: ${given.batch}`,
  `  steps: ${given.losses.length}`,
].join('\n');

/** The fixture's batches in turn. */
const source: DataSource = {
  facts: {},
  files: [],
  fillTraining: (index, { input, targets }) => {
    const batch = given.batches[index % given.batches.length]!;
    input.set(batch.features.data);
    targets.set(batch.targets.data);
  },
  validationBatches: () => 0,
  fillValidation: () => 0,
};

/** Every element within `tolerance` of the tensor's largest. */
function assertClose(
  found: ArrayLike<number>,
  wanted: FixtureTensor,
  tolerance: number,
  what: string,
): void {
  assert.equal(found.length, wanted.data.length, `size of ${what}`);
  const size = Math.max(...wanted.data.map(Math.abs), 1e-3);
  wanted.data.forEach((value, index) => {
    const error = Math.abs((found[index] ?? NaN) - value) / size;
    assert.ok(error <= tolerance, `${what}[${index}]: ${found[index]} and not ${value}`);
  });
}

describe('a narrow ResNet against PyTorch', () => {
  before(buildKernel);

  it('has its logits and gradients in float64, to 2e-6, by the same names', () => {
    const program = compileTraining(lowerModel(rightModel(text), { mode: 'training' }), true);
    assert.deepEqual(
      program.parameters.map((parameter) => parameter.path).sort(),
      Object.keys(given.initial).sort(),
    );
    const [batch] = given.batches;
    const fed: Tensors = { ...given.initial, ...batch };
    const feeds = Object.fromEntries(
      program.graph.inputs.map(({ name, value }): [string, OracleTensor] => [
        name,
        // Running statistics, which training does not read, are the only inputs that are not given.
        oracleTensor(value.dtype, value.shape, fed[name]?.data ?? (() => 0)),
      ]),
    );
    const found = interpret(program.graph, feeds);
    assertClose(found['output']!.data, given.output, 2e-6, 'logits');
    for (const [name, wanted] of Object.entries(given.gradients)) {
      assertClose(found[`grad:${name}`]!.data, wanted, 2e-6, name);
    }
  });

  it('follows its losses to 1e-3 over 20 steps in the runtime, and its running statistics', async () => {
    const trainer = await createTrainer({
      model: rightModel(text),
      data: source,
      seed: 1,
      steps: given.losses.length,
      threads: 1,
      statistics: true,
    });
    for (const { name, data } of trainer.parameterTensors()) {
      const first = given.initial[name];
      if (first) data.set(first.data);
    }
    for (const [step, wanted] of given.losses.entries()) {
      const { loss } = await trainer.takeStep();
      assert.ok(Math.abs(loss - wanted) < 1e-3, `step ${step}: ${loss} and not ${wanted}`);
    }
    for (const { name, data } of trainer.parameterTensors()) {
      const wanted = given.buffers[name];
      if (wanted) assertClose(Array.from(data, Number), wanted, 1e-3, name);
    }
    await trainer.dispose();
  });
});
