import assert from 'node:assert/strict';
import { buildKernel } from '../../scripts/kernel.ts';
import { reportOf } from '../../src/base/errors.ts';
import type { NamedTensor } from '../../src/engine/data/safetensors.ts';
import { openTiny, temporaryFolders } from './support.ts';

/** Eight layers in a row; line 4 of the text is layer 0. */
function chain(optimizer = 'SGD: { lr: 0.1 }'): string {
  return `model: chain
layers:
  - Linear: { out_features: 8, name: layer0 }
  - Linear: { out_features: 8, name: layer1 }
  - SiLU: { name: layer2 }
  - Linear: { out_features: 8, name: layer3 }
  - LayerNorm: { name: layer4 }
  - Linear: { out_features: 8, name: layer5 }
  - GELU: { name: layer6 }
  - Linear: { out_features: classes, name: layer7 }
train:
  data: { gaussian-blobs: { classes: 4, features: 6 } }
  optimizer: { ${optimizer} }
  batch: 5
  steps: 20
`;
}

const lines = new Map([0, 1, 2, 3, 4, 5, 6, 7].map((layer) => [`layer${layer}`, layer + 3]));

describe('non-finite steps', () => {
  before(buildKernel);
  const folder = temporaryFolders();

  async function parametersOf(modelText: string): Promise<Map<string, NamedTensor>> {
    const { trainer } = await openTiny(folder(), modelText);
    const tensors = trainer
      .parameterTensors()
      .map(({ name, shape, data }) => [name, { name, shape, data: data.slice() }] as const);
    await trainer.dispose();
    return new Map(tensors);
  }

  /** The message of the first step, which must fail. */
  async function failure(
    modelText: string,
    initial: ReadonlyMap<string, NamedTensor> | undefined,
  ): Promise<string> {
    const { trainer } = await openTiny(folder(), modelText, initial);
    try {
      const before = [trainer.parametersHash(), trainer.step];
      const error: unknown = await trainer.takeStep().then(
        () => assert.fail('the step was taken'),
        (thrown: unknown) => thrown,
      );
      assert.deepEqual([trainer.parametersHash(), trainer.step], before, 'nothing is accepted');
      const report = reportOf(error);
      assert.deepEqual([report.kind, report.code], ['rule', 'non-finite']);
      return report.message;
    } finally {
      await trainer.dispose();
    }
  }

  for (const layer of ['layer0', 'layer1', 'layer3', 'layer5', 'layer7']) {
    it(`names ${layer}, whose output overflows first`, async () => {
      const tensors = await parametersOf(chain());
      // Finite weights of both signs whose sums with the bias are not finite.
      const weight = tensors.get(`${layer}.weight`)!.data;
      weight.fill(3e38).fill(-3e38, weight.length / 2);
      tensors.get(`${layer}.bias`)!.data.fill(3e38);
      const message = await failure(chain(), tensors);
      assert.match(
        message,
        new RegExp(`^Step 0 was not taken: .*first non-finite value is ${layer}\\.out`),
      );
      assert.match(message, new RegExp(`line ${lines.get(layer)}\\)`));
      assert.match(message, /Lower the learning rate/);
    });

    it(`names ${layer}, whose own weight is not a number`, async () => {
      const tensors = await parametersOf(chain());
      tensors.get(`${layer}.weight`)!.data[3] = NaN;
      const message = await failure(chain(), tensors);
      assert.match(
        message,
        new RegExp(`${layer}\\.param:weight \\(line ${lines.get(layer)}\\): 1 of`),
      );
      assert.match(message, /initial value/);
    });
  }

  it('names the first bad gradient when the forward pass is fine', async () => {
    const tensors = await parametersOf(chain());
    // The gradient on its way back is multiplied by both; the values on their way forward are 0.
    tensors.get('layer7.weight')!.data.fill(1e30).fill(-1e30, 0, 8);
    tensors.get('layer5.weight')!.data.fill(1e30);
    tensors.get('layer5.bias')!.data.fill(0);
    tensors.get('layer4.weight')!.data.fill(0);
    tensors.get('layer4.bias')!.data.fill(0);
    const message = await failure(chain(), tensors);
    assert.match(
      message,
      /^Step 0 was not taken: the gradients are not finite\. The first non-finite value is layer\d\.grad:/,
    );
  });

  it('names the parameter that an update breaks, and the learning rate', async () => {
    const message = await failure(chain('SGD: { lr: 1e39 }'), undefined);
    assert.match(
      message,
      /the update makes layer\d\.(weight|bias) non-finite.*Lower the learning rate, now 1e\+39/,
    );
  });

  it('stops a training that diverges after some steps, at the step where it does', async () => {
    const model = chain('SGD: { lr: 3e4 }').replace(
      'LayerNorm: { name: layer4 }',
      'Linear: { out_features: 8, name: layer4 }',
    );
    const { trainer } = await openTiny(folder(), model);
    const error: unknown = await (async () => {
      for (;;) await trainer.takeStep();
    })().catch((thrown: unknown) => thrown);
    assert.match(reportOf(error).message, new RegExp(`^Step ${trainer.step} was not taken`));
    assert.ok(trainer.step > 0);
    for (const { data } of trainer.tensors()) assert.ok(data.every(Number.isFinite));
    await trainer.dispose();
  });
});
