import assert from 'node:assert/strict';
import { buildKernel } from '../../scripts/kernel.ts';
import type {
  BreakpointReport,
  EngineBreakpoint,
  StepRecordInfo,
} from '../../src/protocol/debug.ts';
import { temporaryFolders, tinyGpt } from './support.ts';
import { TestEngine } from './testEngine.ts';

const norm = 'blocks.1.mlp.norm';

describe('the record of a step', function () {
  this.timeout(60_000);
  before(buildKernel);
  const folder = temporaryFolders();
  let engine: TestEngine;
  beforeEach(() => (engine = new TestEngine()));
  afterEach(() => engine.close());

  async function opened(recordBytes?: number, text = tinyGpt()): Promise<StepRecordInfo> {
    await engine.open(folder(), text);
    await engine.ask.attach(recordBytes === undefined ? {} : { recordBytes });
    await engine.train(3);
    return engine.ask.record(null);
  }

  async function elements(tap: string): Promise<Float32Array | Int32Array> {
    return (await engine.ask.tensor({ tap, offset: 0, count: 1e6 })).data.slice();
  }

  it('is a walk through the layers, the loss, the layers backward, and the parameters', async () => {
    const { moments, step } = await opened();
    assert.equal(step, 3);
    assert.deepEqual(
      moments.map(({ index }) => index),
      [...moments.keys()],
    );
    const forward = moments.filter(({ phase }) => phase === 'forward').map(({ path }) => path);
    assert.deepEqual(forward.slice(0, 12), [
      '0',
      '1',
      'blocks.0.attention.norm',
      'blocks.0.attention.0',
      'blocks.0.attention.1',
      'blocks.0.attention',
      'blocks.0.mlp.norm',
      'blocks.0.mlp.0',
      'blocks.0.mlp.1',
      'blocks.0.mlp.2',
      'blocks.0.mlp.3',
      'blocks.0.mlp',
    ]);
    const backward = moments.filter(({ phase }) => phase === 'backward').map(({ path }) => path);
    assert.deepEqual(backward, forward.toReversed());
    const inside = moments.find(({ path }) => path === norm)!;
    assert.deepEqual(
      inside.parents.map(({ path, type }) => [path, type]),
      [
        ['blocks', 'Repeat'],
        ['blocks.1', 'Block'],
        ['blocks.1.mlp', 'Residual'],
      ],
    );
    const updates = moments.filter(({ phase }) => phase === 'update');
    const projection = updates.find(({ parameter }) => parameter?.endsWith('0.out_proj.weight'));
    assert.equal(projection?.path, 'blocks.0.attention.0');
  });

  it('walks a post-norm residual through its sum to its norm', async () => {
    const { moments } = await opened(undefined, tinyGpt().replaceAll('pre', 'post'));
    const paths = moments.slice(2, 7).map(({ path }) => path.replace('blocks.0.', ''));
    assert.deepEqual(paths, ['attention.0', 'attention.1', 'attention', 'attention.norm', 'mlp.0']);
  });

  it('shows the same numbers as a probe at every tap, to 1e-6', async () => {
    const { taps, loss } = await opened();
    const probed = await engine.ask.probe({ input: 'data', taps: '**' });
    let compared = 0;
    for (const [name, expected] of Object.entries(probed.taps)) {
      const found = taps.find((tap) => tap.name === name)?.statistics;
      assert.ok(found, name);
      const near = (a: number, b: number, scale: number): boolean =>
        Math.abs(a - b) <= 1e-6 * scale + 1e-30;
      assert.ok(
        near(found.mean, expected.mean, Math.sqrt(expected.var) + Math.abs(expected.mean)),
        name,
      );
      assert.ok(near(found.var, expected.var, expected.var + expected.mean ** 2), name);
      compared++;
    }
    assert.ok(compared > 150, `${compared} taps`);
    assert.ok(Math.abs(probed.loss - loss) < 1e-5);
  });

  it('holds the update that is then really applied', async () => {
    await opened();
    const names = ['param:weight', 'update:weight', 'grad:param:weight'];
    const [before, update, gradient] = await Promise.all(
      names.map((name) => elements(`${norm}.${name}`)),
    );
    const ratio = await engine.ask.evaluate({
      expression: 'updateRatio(in_proj_weight)',
      path: 'blocks.0.attention.0',
    });
    assert.ok(ratio.value !== undefined && ratio.value > -6 && ratio.value < 0);
    const std = await engine.ask.evaluate({
      expression: 'log10(std(update(in_proj_weight)) / std(param:in_proj_weight))',
      path: 'blocks.0.attention.0',
    });
    assert.ok(Math.abs(std.value! - ratio.value) < 1e-6);
    await engine.ask.acceptStep(null);
    const after = await elements(`${norm}.param:weight`);
    after.forEach((x, i) => {
      assert.ok(Math.abs(x - before![i]! - update![i]!) < 1e-7);
    });
    assert.ok(gradient!.some((x) => x !== 0));
  });

  it('computes again what its memory could not hold, to the last bit', async () => {
    const whole = await opened();
    assert.ok(whole.taps.every(({ isKept }) => isKept));
    const names = [`${norm}.in`, `${norm}.xhat`, `${norm}.grad:in`, 'blocks.0.attention.0.weights'];
    const kept = await Promise.all(names.map(elements));
    await engine.ask.attach({ recordBytes: 20_000 });
    const small = await engine.ask.record(null);
    assert.ok(small.bytes < 30_000 && whole.bytes > 200_000, `${small.bytes}, ${whole.bytes}`);
    assert.ok(small.taps.filter(({ isKept }) => !isKept).length > 50);
    for (const [index, name] of names.entries())
      assert.deepEqual(await elements(name), kept[index]);
    assert.deepEqual(
      small.taps.map(({ statistics }) => statistics),
      whole.taps.map(({ statistics }) => statistics),
    );
  });

  it('gives elements in pages, tokens with their characters, and refuses unknown taps', async () => {
    const { taps, vocabulary } = await opened();
    const all = await elements(`${norm}.in`);
    const page = await engine.ask.tensor({ tap: `${norm}.in`, offset: 700, count: 100 });
    assert.equal(page.total, all.length);
    assert.deepEqual(page.data, all.slice(700, 800));
    const tokens = taps.find(({ name }) => name === '0.in')!;
    assert.deepEqual([tokens.dtype, tokens.shape], ['int32', [4, 12]]);
    const text = [...(await elements('0.in')).subarray(0, 12)]
      .map((id) => vocabulary![id])
      .join('');
    assert.match(text, /^[a-l ]{12}$/);
    await assert.rejects(elements(`${norm}.middle`), { code: 'no-such-tap' });
  });

  it('evaluates expressions at a layer, and completes names', async () => {
    await opened();
    const at = { path: norm };
    const tensor = await engine.ask.evaluate({ expression: 'in', ...at });
    assert.deepEqual([tensor.type, tensor.tap], ['float32 [4, 12, 16]', `${norm}.in`]);
    const value = async (expression: string): Promise<number> =>
      (await engine.ask.evaluate({ expression, ...at })).value!;
    assert.ok(
      Math.abs((await value('mean(out)')) - (await value('mean(xhat * gain + bias)'))) < 1e-6,
    );
    assert.equal(
      await value(`blocks.0.attention.sum[0, 1, 2]`),
      await value(`blocks.0.mlp.norm.in[0, 1, 2]`),
    );
    assert.ok((await value('norm(grad(weight))')) > 0);
    assert.ok((await value('in.var.max')) >= (await value('var(in)')));
    await assert.rejects(async () => engine.ask.evaluate({ expression: 'skip', ...at }), {
      code: 'bad-expression',
      message: /there is no 'skip' here; there is gain, bias, centred, sigma, xhat, in, out,/,
    });
    const labels = async (text: string): Promise<readonly string[]> =>
      (await engine.ask.complete({ text, column: text.length, ...at })).map(({ label }) => label);
    assert.deepEqual(await labels('var(xh'), ['xhat']);
    assert.ok((await labels('to')).includes('topk'));
    assert.ok((await labels('blocks.0.mlp.n')).includes('blocks.0.mlp.norm.in'));
  });

  it('shows the mean gradient of a step of several batches', async () => {
    await opened(
      undefined,
      tinyGpt({ accumulate: 2, optimizer: 'SGD: { lr: 0.1 }' }).replace('clip_grad_norm: 1.0', ''),
    );
    const { lr } = await engine.ask.record(null);
    const gradient = await elements(`${norm}.grad:param:weight`);
    const update = await elements(`${norm}.update:weight`);
    update.forEach((x, i) => {
      assert.ok(Math.abs(x + lr * gradient[i]!) < 1e-7);
    });
  });
});

describe('breakpoints', function () {
  this.timeout(60_000);
  before(buildKernel);
  const folder = temporaryFolders();
  let engine: TestEngine;
  beforeEach(() => (engine = new TestEngine()));
  afterEach(() => engine.close());

  const line: EngineBreakpoint = { id: 1, kind: 'line', path: norm, phase: 'forward' };

  async function withBreakpoints(
    ...breakpoints: readonly EngineBreakpoint[]
  ): Promise<readonly BreakpointReport[]> {
    await engine.open(folder(), tinyGpt());
    return engine.ask.setBreakpoints({ breakpoints });
  }

  it('without a condition hold in each step, and what goes on is the same run', async () => {
    const [report] = await withBreakpoints(line);
    assert.deepEqual(report, { id: 1, verified: true, cost: 'none' });
    for (const step of [0, 1, 2]) {
      assert.deepEqual([(await engine.train()).step, engine.stops.length], [step, step + 1]);
    }
    await engine.ask.setBreakpoints({ breakpoints: [] });
    const stopped = await engine.ask.record(null);
    assert.equal((await engine.train(5)).step, 7);
    assert.equal(stopped.step, 2);
  });

  it('count hits, log, and match globs', async () => {
    const reports = await withBreakpoints(
      { ...line, id: 1, hitCondition: '% 4' },
      {
        ...line,
        id: 2,
        log: 'step {step}: {var(in) > 0} {updateRatio(blocks.0.mlp.0.weight) < 0}',
      },
      { ...line, id: 3, kind: 'function', path: 'blocks.*.*.norm', condition: 'step == 5' },
    );
    assert.deepEqual(
      reports.map(({ verified, cost }) => [verified, cost]),
      [
        [true, 'none'],
        [true, 'scalar'],
        [true, 'scalar'],
      ],
    );
    await engine.train();
    await engine.train();
    assert.deepEqual(
      engine.stops.map(({ step, path, breakpoints }) => [step, path, breakpoints]),
      [
        [3, norm, [1]],
        [5, 'blocks.0.attention.norm', [3]],
      ],
    );
    assert.deepEqual(
      engine.logs,
      [0, 1, 2, 3, 4, 5].map((step) => `step ${step}: true true`),
    );
  });

  it('count and log in steps that a person walks through, once in each', async () => {
    await withBreakpoints(
      line,
      { ...line, id: 2, log: 'loss {loss}' },
      { ...line, id: 3, condition: 'loss > 0 for 4' },
    );
    await engine.ask.record(null);
    await engine.ask.acceptStep(null);
    await engine.ask.acceptStep(null);
    const counts = async (): Promise<readonly number[]> =>
      (await engine.ask.hitCounts(null)).map(({ count }) => count);
    assert.deepEqual(await counts(), [2, 2, 0]);
    assert.equal(engine.logs.length, 2);
    // The third step stops the training, is looked at, and taken.
    await engine.train();
    assert.equal(engine.stops.at(-1).step, 2);
    await engine.ask.record(null);
    await engine.ask.acceptStep(null);
    assert.deepEqual(await counts(), [3, 3, 0]);
    await engine.train();
    assert.deepEqual(engine.stops.at(-1).breakpoints, [1, 3], 'in the fourth step it held for 4');
    assert.equal(engine.logs.length, 4);
    await engine.ask.goTo({ step: 1 });
    assert.deepEqual(await counts(), [1, 1, 0]);
  });

  it('on data and for some steps, on gradients and on values that only a record has', async () => {
    const reports = await withBreakpoints(
      { id: 1, kind: 'data', path: `${norm}.in.var`, phase: 'forward', condition: '> 0 for 4' },
      { ...line, id: 2, phase: 'backward', condition: 'step == 6 and norm(grad(weight)) > 0' },
      {
        ...line,
        id: 3,
        condition: 'step == 8 and max(abs(xhat)) > 1 and nonFinite(grad(in)) == 0',
      },
    );
    assert.deepEqual(
      reports.map(({ cost }) => cost),
      ['scalar', 'scalar', 'record'],
    );
    assert.match(reports[2]?.message ?? '', /xhat.*once more/);
    assert.match(reports[1]?.message ?? '', /reads 16 elements/);
    await engine.train();
    await engine.ask.setBreakpoints({
      breakpoints: [
        { ...line, id: 2, phase: 'backward', condition: 'step == 6 and norm(grad(weight)) > 0' },
        {
          ...line,
          id: 3,
          condition: 'step == 8 and max(abs(xhat)) > 1 and nonFinite(grad(in)) == 0',
        },
      ],
    });
    await engine.train();
    await engine.train();
    assert.deepEqual(
      engine.stops.map(({ reason, step, phase }) => [reason, step, phase]),
      [
        ['data breakpoint', 3, 'forward'],
        ['breakpoint', 6, 'backward'],
        ['breakpoint', 8, 'forward'],
      ],
    );
    const { value } = await engine.ask.evaluate({ expression: 'max(abs(xhat))', path: norm });
    assert.ok(value! > 1);
  });

  it('on rules stop with what, where, since when and the remedy', async () => {
    const [report] = await withBreakpoints({
      id: 4,
      kind: 'rule',
      rule: 'eps-share',
      phase: 'forward',
      condition: 'share > 1e-9 for 3',
    });
    assert.deepEqual(report, { id: 4, verified: true, cost: 'scalar' });
    await engine.train();
    const [stop] = engine.stops;
    assert.deepEqual(
      [stop?.reason, stop?.step, stop?.path, stop?.error?.code],
      ['exception', 2, 'blocks.0.attention.norm', 'eps-share'],
    );
    assert.match(
      stop?.text ?? '',
      /^Eps Share at blocks\.0\.attention\.norm: share .*since step 0\. Lower eps/,
    );
  });

  it('that cannot hold say why', async () => {
    const reports = await withBreakpoints(
      { ...line, id: 1, path: 'blocks.7.norm' },
      { ...line, id: 2, kind: 'function', path: 'nothing.*' },
      { ...line, id: 3, condition: 'var(skip) > 1' },
      { ...line, id: 4, condition: 'var(in)' },
      { ...line, id: 5, hitCondition: 'often' },
      { ...line, id: 6, log: '{lss}' },
      { id: 7, kind: 'rule', rule: 'bad-luck', phase: 'forward' },
      { id: 8, kind: 'rule', rule: 'loss-spike', phase: 'forward', condition: 'sgmas > 3' },
      { id: 9, kind: 'rule', rule: 'non-finite', phase: 'forward' },
    );
    const messages = reports.map(({ verified, message }) => (verified ? 'verified' : message));
    const expected = [
      /there is no layer blocks\.7\.norm/,
      /no layer is named nothing\.\*/,
      /there is no 'skip' here; there is gain,/,
      /a condition compares/,
      /a hit count is 5, >= 3 or % 10/,
      /there is no 'lss'/,
      /there is no rule bad-luck; there is non-finite, loss-spike,/,
      /there is no 'sgmas' here; there is sigmas,/,
      /^verified$/,
    ];
    expected.forEach((pattern, index) => {
      assert.match(messages[index] ?? '', pattern);
    });
    assert.equal((await engine.train()).state, 'ended');
    await assert.rejects(async () => engine.ask.record(null), { code: 'run-over' });
  });
});
