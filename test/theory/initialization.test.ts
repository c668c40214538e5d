import assert from 'node:assert/strict';
import {
  feedForward,
  linear,
  meanOver,
  meanSquare,
  probeSeeds,
  residualStack,
  tapOf,
  type Stack,
} from './probeModel.ts';

/**
 * What the literature says of the scale of signals and gradients at initialization, read off `probe`: He et al. 2015, Xiong
 * et al. 2020 (On Layer Normalization in the Transformer Architecture), De and Smith 2020 (SkipInit). Tolerances are relative
 * and stated per test; deep values are means over seeds.
 */
describe('theory at initialization', function () {
  this.timeout(120_000);
  const width = 512;
  const seeds = 5;
  const norm = '{ LayerNorm: { elementwise_affine: false } }';

  async function expectStream(
    stack: Stack,
    place: string,
    expected: (blocks: number) => number,
    tolerance: number,
    count = seeds,
  ): Promise<void> {
    const reports = await probeSeeds(residualStack(stack), count, `blocks.*.${place}`);
    for (let block = 0; block < stack.depth; block++) {
      const name = `blocks.${block}.${place}`;
      const measured = meanOver(reports, (report) => meanSquare(tapOf(report, name)));
      assertClose(measured, expected(block + 1), tolerance, `E[x²] at ${name}`);
    }
  }

  it('pre-norm: the stream grows as 1 + l/2 (2 %)', async () => {
    const stack = { width, depth: 12, norm, placement: 'pre', body: feedForward(width) };
    await expectStream(stack, 'block.sum', (l) => 1 + l / 2, 0.02, 16);
  });

  it('post-norm: variance 1 at every depth, and gradients equal at all depths (2 %)', async () => {
    const stack = { width, depth: 12, norm, placement: 'post', body: feedForward(width) };
    await expectStream(stack, 'block.norm.out', () => 1, 0.02);
    const text = residualStack({ ...stack, rows: 256 });
    const reports = await probeSeeds(text, seeds, 'blocks.*.block.norm.grad:out');
    const gradients = Array.from({ length: stack.depth }, (_, block) =>
      meanOver(reports, (report) =>
        Math.sqrt(meanSquare(tapOf(report, `blocks.${block}.block.norm.grad:out`))),
      ),
    );
    const middle = gradients.reduce((sum, value) => sum + value, 0) / gradients.length;
    for (const value of gradients) assertClose(value, middle, 0.02, 'gradient of the stream');
  });

  it('peri-norm: the stream grows as 1 + l (3 %)', async () => {
    const stack = { width, depth: 12, norm, placement: 'peri', body: feedForward(width) };
    await expectStream(stack, 'block.sum', (l) => 1 + l, 0.03);
  });

  it('no norm, ReLU branch of gain 1/2: 1.5^l (10 %)', async () => {
    const stack = { width, depth: 8, body: feedForward(width) };
    await expectStream(stack, 'block.sum', (l) => 1.5 ** l, 0.1);
  });

  it('no norm, He initialization: 2^l (12 %)', async () => {
    const body = `[${linear(width, Math.SQRT2)}, ReLU, ${linear(width, 1)}]`;
    await expectStream({ width, depth: 8, body }, 'block.sum', (l) => 2 ** l, 0.12);
  });

  it('norm at the end of the branch: the stream is 1 + l, and branch/skip 1/l (5 %)', async () => {
    const body = `[${linear(width, Math.SQRT2)}, ReLU, ${norm}]`;
    const stack = { width, depth: 12, body };
    await expectStream(stack, 'block.sum', (l) => 1 + l, 0.05);
    const reports = await probeSeeds(residualStack(stack), seeds, 'blocks.*.block.*');
    for (let block = 0; block < stack.depth; block++) {
      const ratio = meanOver(reports, (report) => {
        const branch = tapOf(report, `blocks.${block}.block.branch`);
        return branch.var / tapOf(report, `blocks.${block}.block.skip`).var;
      });
      assertClose(ratio, 1 / (block + 1), 0.05, `branch/skip of block ${block}`);
    }
  });

  it('(x + f)/√2 keeps the stream at 1 (10 %)', async () => {
    const body = `[${linear(width, Math.SQRT2)}, ReLU, ${linear(width, 1)}]`;
    const after = `Mul: { name: half, factor: ${Math.SQRT1_2} }`;
    await expectStream({ width, depth: 8, body, after }, 'half.out', () => 1, 0.1);
  });

  it('pre-norm duality: ‖dL/dx_l‖ · std(x_l) is the same at every depth (3 %)', async () => {
    const stack = { width, depth: 12, norm, placement: 'pre', body: feedForward(width), rows: 256 };
    const text = residualStack(stack).replace(
      '  - Linear: { out_features: classes',
      `  - ${norm.slice(2, -2)}\n  - Linear: { out_features: classes`,
    );
    const reports = await probeSeeds(text, seeds, 'blocks.*.block.*');
    const products = Array.from({ length: stack.depth }, (_, block) =>
      meanOver(reports, (report) => {
        const gradient = tapOf(report, `blocks.${block}.block.grad:sum`);
        const stream = tapOf(report, `blocks.${block}.block.sum`);
        return Math.sqrt(meanSquare(gradient) * stream.var);
      }),
    );
    const middle = products.reduce((sum, value) => sum + value, 0) / products.length;
    for (const value of products) assertClose(value, middle, 0.03, 'gradient × stream');
  });

  it('small logits: the first loss is ln C (1 %)', async () => {
    const stack = { width, depth: 2, norm, placement: 'pre', body: feedForward(width) };
    const [report] = await probeSeeds(residualStack(stack), 1, 'blocks.0.block.sum');
    assertClose(report?.loss ?? NaN, Math.log(10), 0.01, 'first loss');
  });
});

function assertClose(measured: number, expected: number, relative: number, what: string): void {
  const error = Math.abs(measured / expected - 1);
  assert.ok(error <= relative, `${what}: ${measured}, expected ${expected} within ${relative}`);
}
