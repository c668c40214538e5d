import assert from 'node:assert/strict';
import { buildKernel } from '../../scripts/kernel.ts';
import { temporaryFolders } from './support.ts';
import { TestEngine } from './testEngine.ts';

const model = `model: taps
layers:
  - Linear: { out_features: 8, name: first }
  - LayerNorm: { name: norm }
  - Linear: { out_features: 8, name: second }
  - RMSNorm: { name: rms }
  - Add: { from: [first, rms], name: sum }
  - Concat: { from: [sum, rms], name: both }
  - Linear: { out_features: classes, name: head }
train:
  data: { gaussian-blobs: { classes: 4, features: 6 } }
  optimizer: { SGD: { lr: 0.1 } }
  batch: 5
  steps: 20
`;

describe('taps of norms and combinations', function () {
  this.timeout(60_000);
  before(buildKernel);
  const folder = temporaryFolders();
  let engine: TestEngine;
  beforeEach(async () => {
    engine = new TestEngine();
    await engine.open(folder(), model);
    await engine.ask.attach({});
    await engine.train(6);
  });
  afterEach(() => engine.close());

  async function elements(tap: string): Promise<readonly number[]> {
    return [...(await engine.ask.tensor({ tap, offset: 0, count: 1e6 })).data];
  }

  /** Means of rows of 8. */
  function rowMeans(values: readonly number[]): readonly number[] {
    const mean = (row: number): number =>
      values.slice(8 * row, 8 * row + 8).reduce((a, b) => a + b, 0) / 8;
    return values.map((_, i) => mean(Math.floor(i / 8)));
  }

  function close(a: readonly number[], b: readonly number[], tolerance: number): void {
    const scale = Math.max(...b.map(Math.abs));
    assert.equal(a.length, b.length);
    assert.ok(scale > 0);
    a.forEach((x, i) => {
      assert.ok(Math.abs(x - b[i]!) <= tolerance * scale, `${i}: ${x} for ${b[i]}`);
    });
  }

  it('inside of a LayerNorm have gradients, from which that of its input follows (1e-5)', async () => {
    const [dc, dx, dy, dxhat, gain, dsigma, xhat, sigma] = await Promise.all(
      [
        'grad:centred',
        'grad:in',
        'grad:out',
        'grad:xhat',
        'gain',
        'grad:sigma',
        'xhat',
        'sigma',
      ].map((tap) => elements(`norm.${tap}`)),
    );
    // Differentiation itself makes the gradient of the input, in one piece; the sum reads the same value.
    const means = rowMeans(dc!);
    const beside = await elements('sum.grad:out');
    close(
      dc!.map((x, i) => x - means[i]! + beside[i]!),
      dx!,
      1e-5,
    );
    close(
      dxhat!,
      dy!.map((x, i) => x * gain![i % 8]!),
      1e-6,
    );
    const products = rowMeans(dxhat!.map((x, i) => x * xhat![i]!));
    close(
      dsigma!,
      sigma!.map((x, row) => (-8 * products[8 * row]!) / x),
      1e-5,
    );
  });

  it('inside of an RMSNorm: what it would centre, and gradients of what it computes with', async () => {
    const [x, centred, dxhat, dsigma, dx, xhat, sigma] = await Promise.all(
      ['in', 'centred', 'grad:xhat', 'grad:sigma', 'grad:in', 'xhat', 'sigma'].map((tap) =>
        elements(`rms.${tap}`),
      ),
    );
    const means = rowMeans(x!);
    close(
      centred!,
      x!.map((value, i) => value - means[i]!),
      1e-5,
    );
    // Its input is read by nothing else: dx = dxhat / sigma + dsigma · xhat / 8.
    close(
      dxhat!.map((d, i) => {
        const row = Math.floor(i / 8);
        return d / sigma![row]! + (dsigma![row]! * xhat![i]!) / 8;
      }),
      dx!,
      1e-5,
    );
    await assert.rejects(elements('rms.grad:centred'), { code: 'no-such-tap' });
  });

  it('of Add and Concat are what they combine', async () => {
    assert.deepEqual(await elements('sum.in0'), await elements('first.out'));
    assert.deepEqual(await elements('sum.in1'), await elements('rms.out'));
    assert.deepEqual(await elements('both.in1'), await elements('rms.out'));
    const { value } = await engine.ask.evaluate({
      expression: 'in1[3, 2] + in0[3, 2] - out[3, 2]',
      path: 'sum',
    });
    assert.ok(Math.abs(value!) < 1e-6);
  });
});
