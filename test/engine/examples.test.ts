import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { buildKernel } from '../../scripts/kernel.ts';
import { openModel } from '../../src/engine/main/openModel.ts';

const folder = path.join(import.meta.dirname, '../../examples');

/** Steps after which the loss must have fallen; those that take a second each get fewer. */
const steps: Readonly<Record<string, number>> = { 'resnet-18': 2, 'resnet-20': 2 };
const fewSteps = 12;

/** Every example is trained for a few steps with a steady learning rate. */
describe('examples in training', function () {
  this.timeout(120_000);
  before(buildKernel);
  const names = readdirSync(folder).filter((name) => name.endsWith('.model.yaml'));

  for (const name of names) {
    const modelPath = path.join(folder, name);
    const modelText = readFileSync(modelPath, 'utf8');

    it(`${name}: the loss is finite, and lower after a few steps on the same batch`, async () => {
      const settings = { overrides: [], seed: undefined, steps: undefined, threads: 1 };
      const request = { modelPath, modelText, allowedRoots: [], ...settings };
      const { trainer } = await openModel(request, undefined);
      try {
        trainer.feedsOf(0);
        const before = await trainer.currentLoss();
        for (let step = 0; step < (steps[path.basename(name, '.model.yaml')] ?? fewSteps); step++) {
          const { loss, gradNorm, norms } = await trainer.takeStep();
          assert.ok(Number.isFinite(loss) && Number.isFinite(gradNorm), `step ${step}`);
          assert.ok(norms.every(Number.isFinite), `statistics of step ${step}`);
        }
        trainer.feedsOf(0);
        const after = await trainer.currentLoss();
        assert.ok(after < before, `${after} after ${before}`);
      } finally {
        await trainer.dispose();
      }
    });
  }
});
