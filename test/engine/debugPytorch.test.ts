import assert from 'node:assert/strict';
import { buildKernel } from '../../scripts/kernel.ts';
import { readGptFixture, writeGptFixture } from './pytorchGpt.ts';
import { temporaryFolders } from './support.ts';
import { TestEngine } from './testEngine.ts';

describe("a record's values", function () {
  this.timeout(60_000);
  before(buildKernel);
  const folder = temporaryFolders();
  const engine = new TestEngine();
  after(() => engine.close());

  it("are PyTorch's and the probe's at three layers, forward and backward, to 1e-5", async () => {
    const given = readGptFixture();
    await engine.ask.open(writeGptFixture(folder(), given));
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
