import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildKernel } from '../../scripts/kernel.ts';
import { encodeSafetensors } from '../../src/engine/data/safetensors.ts';
import { temporaryFolders, writeModel } from './support.ts';
import { TestEngine } from './testEngine.ts';

interface FixtureTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface TrainingFixture {
  readonly width: number;
  readonly heads: number;
  readonly hidden: number;
  readonly depth: number;
  readonly context: number;
  readonly batch: number;
  readonly losses: readonly number[];
  readonly gradNorms: readonly number[];
  readonly batches: readonly Readonly<Record<'tokens' | 'targets', FixtureTensor>>[];
  readonly initial: Readonly<Record<string, FixtureTensor>>;
  readonly firstActivations: Readonly<Record<string, FixtureTensor>>;
  readonly firstGradients: Readonly<Record<string, FixtureTensor>>;
}

describe("a record's values", function () {
  this.timeout(60_000);
  before(buildKernel);
  const folder = temporaryFolders();
  const engine = new TestEngine();
  after(() => engine.close());

  it("are PyTorch's and the probe's at three layers, forward and backward, to 1e-5", async () => {
    const file = path.join(import.meta.dirname, '../fixtures/pytorch/tinyGpt.json');
    const given = JSON.parse(readFileSync(file, 'utf8')) as TrainingFixture;
    const directory = folder();
    const text = `model: tiny-gpt
layers:
  - Embedding: { embedding_dim: ${given.width}, name: tokens }
  - PositionalEmbedding: { max_length: ${given.context}, name: positions }
  - Repeat:
      times: ${given.depth}
      name: blocks
      body:
        - Residual:
            name: attention
            norm: LayerNorm
            body: [{ MultiheadAttention: { num_heads: ${given.heads}, causal: true } }]
        - Residual:
            name: mlp
            norm: LayerNorm
            body: [{ Linear: ${given.hidden} }, GELU, { Linear: ${given.width} }]
  - LayerNorm: { name: norm }
  - Linear: { out_features: vocabulary, name: head }
train:
  data: { text: eleven.txt, context: ${given.context} }
  loss: CrossEntropyLoss
  optimizer: { AdamW: { lr: 0.01 } }
  batch: ${given.batch}
  steps: 5
`;
    writeFileSync(path.join(directory, 'eleven.txt'), 'abcdefghijk'.repeat(50));
    const tensors = Object.entries(given.initial).map(([name, { shape, data }]) => ({
      name,
      shape,
      data: Float32Array.from(data),
    }));
    const { header, parts } = encodeSafetensors(tensors, { format: 'pt' });
    const initFrom = path.join(directory, 'initial.safetensors');
    writeFileSync(initFrom, Buffer.concat([header, ...parts]));
    await engine.ask.open({ ...writeModel(directory, text), initFrom });
    const [batch] = given.batches;
    for (const [target, { data }] of [
      ['input', batch!.tokens],
      ['targets', batch!.targets],
    ] as const) {
      for (const [index, value] of data.entries()) {
        await engine.ask.setValue({ target, index, value });
      }
    }
    const { loss, gradNorm, taps } = await engine.ask.record(null);
    assert.ok(Math.abs(loss - given.losses[0]!) < 1e-5);
    assert.ok(Math.abs(gradNorm / given.gradNorms[0]! - 1) < 1e-5);
    const expected = Object.entries({ ...given.firstActivations, ...given.firstGradients });
    assert.equal(expected.length, 6);
    const probed = await engine.ask.probe({ input: 'data', taps: '**' });
    for (const [tap, { shape, data }] of expected) {
      const found = await engine.ask.tensor({ tap, offset: 0, count: 1e6 });
      const scale = Math.max(...data.map(Math.abs));
      assert.equal(found.total, data.length);
      found.data.forEach((x, i) => {
        assert.ok(Math.abs(x - data[i]!) < 1e-5 * scale, `${tap} ${i}: ${x} for ${data[i]}`);
      });
      const { statistics } = taps.find(({ name }) => name === tap)!;
      const probe = probed.taps[tap]!;
      assert.deepEqual(probe.shape, shape);
      for (const key of ['var', 'min', 'max'] as const) {
        const size = Math.max(Math.abs(probe[key]), 1e-12);
        assert.ok(Math.abs(statistics[key] - probe[key]) < 1e-5 * size, `${tap} ${key}`);
      }
    }
  });
});
