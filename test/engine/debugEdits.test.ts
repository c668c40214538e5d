import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { buildKernel } from '../../scripts/kernel.ts';
import type { NonFiniteReport } from '../../src/engine/train/nonFinite.ts';
import { readManifest, runPaths } from '../../src/engine/runs/manifest.ts';
import type { StepRecordInfo } from '../../src/protocol/debug.ts';
import type { RunInfo } from '../../src/protocol/engine.ts';
import { temporaryFolders, tinyGpt, writeModel } from './support.ts';
import { TestEngine } from './testEngine.ts';

const gelu = 'blocks.0.mlp.1';

describe('a step with values given for its activations', function () {
  this.timeout(60_000);
  before(buildKernel);
  const folder = temporaryFolders();
  let engine: TestEngine;
  let info: RunInfo;
  let directory: string;
  beforeEach(async () => {
    engine = new TestEngine();
    directory = folder();
    info = await engine.open(directory, tinyGpt({ dropout: 0 }));
    await engine.ask.attach({});
    await engine.train(4);
  });
  afterEach(() => engine.close());

  async function elements(tap: string): Promise<readonly number[]> {
    return [...(await engine.ask.tensor({ tap, offset: 0, count: 1e6 })).data];
  }

  /** The taps whose statistics differ between two records. */
  function changed(before: StepRecordInfo, after: StepRecordInfo): readonly string[] {
    const known = new Map(before.taps.map(({ name, statistics }) => [name, statistics]));
    return after.taps.flatMap(({ name, statistics }) => {
      const held = known.get(name)!;
      const isSame = Object.entries(statistics).every(([key, value]) =>
        Object.is(value, held[key as keyof typeof held]),
      );
      return isSame ? [] : [name];
    });
  }

  it('is computed with them from there on, forward, backward and update', async () => {
    const before = await engine.ask.record(null);
    const names = [`${gelu}.out`, 'blocks.0.mlp.2.out', 'blocks.0.mlp.2.param:weight'];
    const [old, oldNext, weight] = await Promise.all(names.map(elements));
    const { text } = await engine.ask.setValue({ target: `${gelu}.out`, index: 33, value: 5 });
    assert.equal(text, `${gelu}.out, element 33 is 5 in step 4`);
    const after = await engine.ask.record(null);
    const [given, next] = await Promise.all(names.map(elements));
    given!.forEach((x, i) => {
      assert.equal(x, i === 33 ? 5 : old![i]);
    });
    // Element 33 is that of position 1 and hidden unit 1.
    next!.forEach((x, i) => {
      const isThere = i >= 16 && i < 32;
      const step = isThere ? (5 - old![33]!) * weight![(i - 16) * 32 + 1]! : 0;
      assert.ok(Math.abs(x - oldNext![i]! - step) < 1e-5, `${i}: ${x}`);
    });
    const different = changed(before, after);
    assert.notEqual(after.loss, before.loss);
    for (const name of ['blocks.1.mlp.out', 'loss.out', `${gelu}.grad:out`]) {
      assert.ok(different.includes(name), `${name} follows`);
    }
    assert.ok(different.includes('0.update:weight') && different.includes('4.update:weight'));
    const forward = different.filter((name) => !/(grad|update|optimizer):/.test(name));
    assert.ok(
      forward.every((name) => !/^(0|1|blocks\.0\.attention|blocks\.0\.mlp\.(norm|0))\./.test(name)),
      'nothing before it moves',
    );
    const gradient = await elements(`${gelu}.grad:in`);
    assert.equal(
      Math.abs(gradient[33]!),
      0,
      'no gradient passes through an element that was given',
    );
    assert.notEqual(gradient[34], 0);
    await engine.ask.acceptStep(null);
    const back = await engine.ask.goTo({ step: 2 });
    const again = await engine.ask.goTo({ step: 5 });
    assert.deepEqual([back.verified, again.verified, again.replayed], [true, true, 3]);
    assert.deepEqual((await readManifest(info.directory)).edits, [
      { step: 4, target: `${gelu}.out`, value: 5, index: 33 },
    ]);
  });

  it('shows its own instructions, and the next step is the usual one again', async () => {
    const usual = await engine.ask.instructions(null);
    await engine.ask.setValue({ target: `${gelu}.out`, index: 0, value: 0 });
    const edited = await engine.ask.instructions(null);
    const extra = edited.filter(
      ({ op, path, phase }) => op === 'Where' && path === gelu && phase === 'forward',
    );
    assert.equal(extra.length, 1);
    const [{ outputs }] = extra as [(typeof extra)[0]];
    assert.equal((await elements(outputs[0]!.name))[0], 0);
    await engine.ask.acceptStep(null);
    assert.equal((await engine.ask.instructions(null)).length, usual.length);
  });

  it('changes what a norm reads and not what its residual skips, where both read one value', async () => {
    const place = 'blocks.1.mlp';
    const before = await engine.ask.record(null);
    await engine.ask.setValue({ target: `${place}.norm.in`, index: 3, value: 7 });
    const inward = changed(before, await engine.ask.record(null));
    assert.ok(inward.includes(`${place}.norm.out`) && inward.includes(`${place}.branch`));
    assert.ok(!inward.includes(`${place}.skip`) && !inward.includes('blocks.1.attention.sum'));
    await engine.ask.acceptStep(null);
    const plain = await engine.ask.record(null);
    await engine.ask.setValue({ target: 'blocks.1.attention.sum', index: 3, value: 7 });
    const outward = changed(plain, await engine.ask.record(null));
    assert.ok(outward.includes(`${place}.norm.out`) && outward.includes(`${place}.skip`));
  });

  it('refuses what nothing is computed from, and sets parameters and batches by their taps', async () => {
    const set = (
      target: string,
      index: number,
      value: number,
    ): Promise<{ readonly text: string }> =>
      Promise.resolve(engine.ask.setValue({ target, index, value }));
    await assert.rejects(set('blocks.1.mlp.norm.xhat', 0, 1), {
      code: 'bad-edit',
      message: /nothing is computed from blocks\.1\.mlp\.norm\.xhat/,
    });
    await assert.rejects(set(`${gelu}.middle`, 0, 1), { code: 'bad-edit', message: /taps like/ });
    await assert.rejects(set(`${gelu}.out`, 1e6, 1), { code: 'bad-edit', message: /0 to 1535/ });
    assert.equal(
      (await set('blocks.1.mlp.norm.gain', 2, 1.5)).text,
      'blocks.1.mlp.norm.weight, element 2 is 1.5 from step 4 on',
    );
    assert.equal((await set('0.in', 2, 1)).text, 'tokens, element 2 is 1 in step 4');
  });

  it('is the same in a run that goes on from a checkpoint', async () => {
    await engine.ask.goTo({ step: 0 });
    await engine.ask.setValue({ target: `${gelu}.out`, index: 1, value: -3 });
    await engine.train(6);
    const hash = (await engine.ask.stop(null)).parametersHash;
    await engine.close();
    engine = new TestEngine();
    await engine.ask.open({
      ...writeModel(directory, tinyGpt({ dropout: 0 })),
      resume: info.directory,
    });
    await engine.ask.attach({});
    assert.equal((await engine.ask.goTo({ step: 0 })).verified, true);
    assert.equal((await engine.ask.goTo({ step: 6 })).verified, true);
    assert.equal((await engine.ask.stop(null)).parametersHash, hash);
  });

  it('names the loss where that is the first number that is none', async () => {
    const [target] = await elements('loss.targets');
    await engine.ask.setValue({ target: '4.out', index: target!, value: -3e38 });
    await engine.ask.setValue({ target: '4.out', index: target === 0 ? 1 : 0, value: 3e38 });
    assert.equal((await engine.train()).state, 'paused');
    const [stop] = engine.stops;
    assert.deepEqual([stop?.reason, stop?.phase, stop?.path], ['exception', 'loss', 'loss']);
    assert.match(stop?.text ?? '', /first non-finite value is loss\.out \(line \d+\)/);
  });

  it('names the layer in which a number stops being one, at every layer in turn', async () => {
    const { moments, taps } = await engine.ask.record(null);
    const layers = moments.filter(({ phase }) => phase === 'forward');
    assert.ok(layers.length > 15);
    for (const { path, line, type } of layers) {
      const target = `${path}.${type === 'Residual' ? 'sum' : 'out'}`;
      const { count } = taps.find(({ name }) => name === target)!.statistics;
      await engine.ask.setValue({ target, index: count >> 1, value: NaN });
      const stopsBefore = engine.stops.length;
      assert.equal((await engine.train()).state, 'paused');
      const stop = engine.stops[stopsBefore]!;
      assert.deepEqual([stop.reason, stop.phase, stop.path], ['exception', 'forward', path]);
      const report = JSON.parse(
        readFileSync(runPaths(info.directory).nonFiniteReport, 'utf8'),
      ) as NonFiniteReport;
      assert.deepEqual(
        [report.first?.tap, report.first?.path, report.first?.line, report.first?.nonFinite],
        [target, path, line, 1],
      );
      await engine.ask.setValue({ target, index: count >> 1, value: 0 });
    }
    assert.equal(engine.stops.length, layers.length);
  });
});
