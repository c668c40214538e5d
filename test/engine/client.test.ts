import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { EngineClient } from '../../src/engine/client.ts';
import { decodeSafetensors } from '../../src/engine/data/safetensors.ts';
import { readProgress } from '../../src/engine/runs/follow.ts';
import { readStatistics } from '../../src/engine/runs/statisticsFile.ts';
import { normWidth } from '../../src/statistics/taps.ts';
import { engineProcesses, isAlive, listen, until } from './processes.ts';
import { engineProgram, temporaryFolders, tinyGpt, writeModel } from './support.ts';

describe('engine process', function () {
  this.timeout(60_000);
  const folder = temporaryFolders();
  const start = engineProcesses();

  const longModel = tinyGpt({ steps: 100_000 });

  it('trains a model to its end and tells every step once, in order', async () => {
    const client = await start();
    const heard = listen(client);
    const every = '  validate_every: 15\n  checkpoint_every: 10';
    const info = await client.request('open', writeModel(folder(), tinyGpt({ train: every })));
    assert.deepEqual([info.step, info.steps, info.seed, info.threads], [0, 40, 11, 1]);
    assert.equal(info.norms.length, 5);
    assert.deepEqual(info.norms[0], {
      path: 'blocks.0.attention.norm',
      type: 'LayerNorm',
      line: 6,
    });
    assert.equal(await client.request('train', {}), null);
    await until(() => heard.ends.length > 0, 'the end');
    let next = 0;
    for (const steps of heard.steps) {
      assert.equal(steps.first, next);
      next += steps.loss.length;
      assert.ok(steps.loss instanceof Float64Array && steps.norms instanceof Float32Array);
      assert.equal(steps.lr.length, steps.loss.length);
      assert.equal(steps.norms.length, steps.loss.length * 5 * normWidth);
    }
    assert.equal(next, 40);
    assert.deepEqual(heard.validations, [15, 30, 40]);
    assert.deepEqual(
      heard.checkpoints.filter((step) => step % 10 === 0),
      [0, 10, 20, 30, 40],
    );
    assert.deepEqual(heard.last?.state, 'ended');
    const [end] = heard.ends;
    assert.equal(end?.steps, 40);
    const { loss } = heard.steps[heard.steps.length - 1]!;
    assert.equal(end.loss, loss[loss.length - 1]);
    assert.ok(end.validationLoss !== undefined && end.stepsPerSecond > 0);
    const recorded = await readStatistics(path.join(info.directory, 'statistics.bin'));
    const told = heard.steps.flatMap(({ loss }) => [...loss]);
    assert.deepEqual(
      recorded.steps.map(({ loss }) => loss),
      told,
    );
    assert.deepEqual(
      recorded.validations.map(({ step }) => step),
      [15, 30, 40],
    );
  });

  it('pauses after the step under way, takes single steps, and stops with a checkpoint', async () => {
    const client = await start();
    const heard = listen(client);
    const { directory } = await client.request('open', writeModel(folder(), longModel));
    await client.request('train', { steps: 3 });
    await until(() => heard.state === 'paused', 'the pause after three steps');
    assert.equal(heard.last?.step, 3);
    await client.request('train', {});
    await until(() => (heard.last?.step ?? 0) > 20, 'some steps');
    const { step } = await client.request('pause', null);
    assert.equal(heard.state, 'paused');
    const told = (): number => heard.steps.reduce((sum, { loss }) => sum + loss.length, 0);
    assert.equal(told(), step, 'every step is told before the pause is');
    assert.deepEqual(await client.request('pause', null), { step }, 'pausing twice is fine');
    await client.request('train', { steps: 1 });
    await until(() => told() === step + 1 && heard.state === 'paused', 'one step');
    const end = await client.request('stop', null);
    assert.equal(end.steps, step + 1);
    assert.deepEqual(heard.ends, [end]);
    assert.ok(
      existsSync(path.join(directory, 'checkpoints', `step-${String(step + 1).padStart(10, '0')}`)),
    );
    await assert.rejects(client.request('train', {}), { code: 'run-over' });
  });

  it('tells those who follow the run whether it stands still: while it validates it does not', async () => {
    const client = await start();
    const heard = listen(client);
    const request = writeModel(folder(), tinyGpt({ steps: 100_000, train: '  validate_every: 1' }));
    const { directory } = await client.request('open', request);
    const isPaused = async (): Promise<boolean> => (await readProgress(directory, 0)).isPaused;
    assert.equal(await isPaused(), true, 'not begun');
    await client.request('train', {});
    assert.equal(await isPaused(), false, 'begun');
    await until(() => heard.validations.length > 3, 'some validations');
    assert.equal(await isPaused(), false, 'between steps and validations');
    await client.request('pause', null);
    assert.equal(await isPaused(), true, 'paused');
    await client.request('train', {});
    assert.equal(await isPaused(), false, 'it goes on');
    await client.request('stop', null);
    client.dispose();
    await until(() => !existsSync(path.join(directory, 'lock')), 'the run is given back');
    assert.equal(await isPaused(), false, 'nobody holds it');
  });

  it('probes and exports at a pause, on the current parameters', async () => {
    const client = await start();
    const heard = listen(client);
    const place = folder();
    await client.request('open', writeModel(place, longModel));
    const taps = 'blocks.*.attention.norm.{in,out}';
    const before = await client.request('probe', { input: 'data', taps });
    assert.deepEqual(Object.keys(before.taps), [
      'blocks.0.attention.norm.in',
      'blocks.0.attention.norm.out',
      'blocks.1.attention.norm.in',
      'blocks.1.attention.norm.out',
    ]);
    const out = before.taps['blocks.1.attention.norm.out'];
    assert.deepEqual(out?.shape, [4, 12, 16]);
    assert.ok(Math.abs(out.mean) < 1e-6 && Math.abs(out.var - 1) < 1e-3, `${out.mean} ${out.var}`);
    await client.request('train', { steps: 1 });
    await until(() => heard.state === 'paused', 'the step');
    // The probe saw the batch that the step took: the same loss but for the order of sums in another program.
    assert.ok(Math.abs(before.loss - (heard.steps[0]?.loss[0] ?? NaN)) < 1e-5);
    const after = await client.request('probe', { input: 'data', taps });
    assert.notEqual(after.loss, before.loss);
    const all = await client.request('probe', { input: 'data', taps: '**' });
    assert.ok('blocks.0.mlp.norm.grad:in' in all.taps && 'final.param:weight' in all.taps);
    await assert.rejects(client.request('probe', { input: 'data', taps: 'nothing.*' }), {
      code: 'no-such-tap',
    });
    const file = path.join(place, 'out', 'weights.safetensors');
    await client.request('exportParameters', { file });
    const { tensors } = decodeSafetensors(readFileSync(file), file);
    assert.deepEqual(tensors.get('blocks.1.mlp.0.weight')?.shape, [32, 16]);
    assert.ok([...tensors.keys()].every((name) => !name.startsWith('optimizer:')));
    await client.request('train', {});
    await assert.rejects(client.request('probe', { input: 'data', taps: '**' }), {
      code: 'run-training',
    });
  });

  it('leaves no folder behind when a model was opened and never trained, or opened to be looked at', async () => {
    for (const purpose of ['train', 'look'] as const) {
      const client = await start();
      const request = { ...writeModel(folder(), longModel), purpose };
      await client.request('open', request);
      if (purpose === 'look')
        await assert.rejects(client.request('train', {}), { code: 'look-only' });
      client.dispose();
      await client.exited;
      const runs = path.join(path.dirname(request.modelPath), '.normscope', 'runs');
      assert.deepEqual(existsSync(runs) ? readdirSync(runs) : [], []);
    }
  });

  it('says what is wrong with a model or its data, and can be asked again', async () => {
    const client = await start();
    const good = writeModel(folder(), longModel);
    const broken = { ...good, modelText: longModel.replace('num_heads: 2', 'num_heads: 3') };
    await assert.rejects(client.request('open', broken), {
      kind: 'input',
      code: 'model-wrong',
      message: /^Line \d+: .*3/,
    });
    const missing = { ...good, modelText: longModel.replace('text.txt', 'nothing.txt') };
    await assert.rejects(client.request('open', missing), { kind: 'input', code: 'data-missing' });
    await assert.rejects(client.request('train', {}), { code: 'not-open' });
    assert.equal((await client.request('open', good)).modelName, 'tiny-gpt');
    await assert.rejects(client.request('open', good), { code: 'already-open' });
  });

  it('fails by rule at a non-finite step, with a checkpoint of the intact parameters', async () => {
    const client = await start();
    const heard = listen(client);
    const model = tinyGpt({ optimizer: 'SGD: { lr: 1e6 }' }).replace('  clip_grad_norm: 1.0\n', '');
    await client.request('open', writeModel(folder(), model));
    await client.request('train', {});
    await until(() => heard.state === 'failed', 'the failure');
    const last = heard.last;
    assert.deepEqual([last?.error?.kind, last?.error?.code], ['rule', 'non-finite']);
    assert.match(last?.error?.message ?? '', new RegExp(`^Step ${last?.step} was not taken`));
    assert.equal(heard.ends.length, 0);
    await assert.rejects(client.request('train', {}), { code: 'run-over' });
  });

  it('killed from outside is reported, with the signal and the remedy, and open requests are settled', async () => {
    const client = await start();
    const heard = listen(client);
    await client.request('open', writeModel(folder(), longModel));
    await client.request('train', {});
    await until(() => heard.steps.length > 1, 'steps');
    process.kill(client.pid!, 'SIGKILL');
    const request = client.request('pause', null);
    await assert.rejects(request, { kind: 'environment', code: 'engine-lost' });
    await until(() => heard.losses.length > 0, 'the loss');
    assert.match(heard.losses[0]!.message, /by SIGKILL at step \d+\. The run can be resumed/);
    await assert.rejects(client.request('train', {}), { code: 'engine-lost' });
  });

  it('hung is killed after the deadline', async () => {
    const client = await start({ leastDeadline: 4000 });
    const heard = listen(client);
    await client.request('open', writeModel(folder(), longModel));
    await client.request('train', {});
    await until(() => heard.steps.length > 1, 'steps');
    const stopped = performance.now();
    process.kill(client.pid!, 'SIGSTOP');
    await until(() => heard.losses.length > 0, 'the loss');
    const waited = performance.now() - stopped;
    assert.ok(waited > 3900 && waited < 12_000, `killed after ${waited} ms`);
    assert.equal(heard.losses[0]?.code, 'engine-hung');
    await client.exited;
    assert.equal(isAlive(client.pid!), false);
  });

  it('idle for longer than the deadline is left alone', async () => {
    const client = await start({ leastDeadline: 1500 });
    const heard = listen(client);
    await client.request('open', writeModel(folder(), longModel));
    process.kill(client.pid!, 'SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 2500));
    process.kill(client.pid!, 'SIGCONT');
    assert.equal(
      (await client.request('probe', { input: 'data', taps: 'final.in' })).taps['final.in']?.count,
      768,
    );
    assert.equal(heard.losses.length, 0);
  });

  it('disposed ends its step, writes a checkpoint, and is gone; nobody calls that a loss', async () => {
    const client = await start();
    const heard = listen(client);
    const { directory } = await client.request('open', writeModel(folder(), longModel));
    await client.request('train', {});
    await until(() => heard.steps.length > 1, 'steps');
    client.dispose();
    client.dispose();
    await client.exited;
    assert.equal(isAlive(client.pid!), false);
    assert.equal(heard.losses.length, 0);
    const checkpoints = readdirSync(path.join(directory, 'checkpoints'));
    const recorded = await readStatistics(path.join(directory, 'statistics.bin'));
    assert.ok(checkpoints.includes(`step-${String(recorded.steps.length).padStart(10, '0')}`));
    await assert.rejects(client.request('train', {}), { code: 'engine-disposed' });
  });

  it('that cannot be started says so', async () => {
    const client = await start({ execPath: '/nowhere/node' });
    const heard = listen(client);
    await assert.rejects(client.request('train', {}), { code: 'engine-not-started' });
    await client.exited;
    assert.equal(heard.losses[0]?.code, 'engine-not-started');
  });

  it('whose program is missing says so', async () => {
    const client = new EngineClient('/nowhere/engine.cjs');
    await assert.rejects(client.request('train', {}), {
      code: 'engine-lost',
      message: /Cannot find module/,
    });
    await client.exited;
  });

  it('ignores Ctrl-C, which is the host’s to handle', async () => {
    const client = await start();
    const heard = listen(client);
    await client.request('open', writeModel(folder(), longModel));
    await client.request('train', {});
    process.kill(client.pid!, 'SIGINT');
    const count = heard.steps.length;
    await until(() => heard.steps.length > count + 3, 'more steps');
    assert.equal(heard.losses.length, 0);
  });

  it('never outlives its host, even one that was killed in the middle of a training', async () => {
    const place = folder();
    const request = writeModel(place, longModel);
    const host = path.join(place, 'host.mjs');
    const clientModule = path.resolve(import.meta.dirname, '../../src/engine/client.ts');
    writeFileSync(
      host,
      `import { EngineClient } from ${JSON.stringify(clientModule)};
       const client = new EngineClient(${JSON.stringify(await engineProgram())});
       await client.request('open', ${JSON.stringify(request)});
       client.on('steps', () => console.log(client.pid));
       await client.request('train', {});`,
    );
    const child = spawn(process.execPath, ['--import', 'tsx', host], {
      cwd: path.resolve(import.meta.dirname, '../..'),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = await new Promise<number>((resolve) =>
      child.stdout.once('data', (text: Buffer) => {
        resolve(Number(text.toString().split('\n')[0]));
      }),
    );
    assert.ok(isAlive(pid));
    child.kill('SIGKILL');
    await until(() => !isAlive(pid), 'the end of the orphan', 4000);
  });
});
